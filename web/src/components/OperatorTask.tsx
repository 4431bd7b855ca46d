import type { ComponentChildren } from "preact";
import type { Task } from "../firebase/queue";
import { labelOf } from "../options/fields";
import { pathOfTask } from "../state/route";
import { statusInWords } from "../words";
import { Link } from "./Link";

interface Props {
  task: Task;
  /** What can be done with it. */
  actions: ComponentChildren;
  children?: ComponentChildren;
}

/** A task as a line of a list. */
export function OperatorTask({ task, actions, children }: Props) {
  return (
    <li data-task={task.id}>
      <div class="row-words">
        <Link to={pathOfTask(task.id)}>{task.prompt}</Link>
        <span class="help">
          {statusInWords(task.status)} · {labelOf(task.renderer)} · {task.id}
        </span>
        {children}
      </div>
      <div class="buttons">{actions}</div>
    </li>
  );
}
