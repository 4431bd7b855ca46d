import type { Task } from "../firebase/queue";
import { useProgress } from "../state/hooks";
import { pathOfTask } from "../state/route";
import { isFinished, statusInWords } from "../words";
import { Link } from "./Link";
import { TaskActions } from "./TaskActions";
import { TaskFiles } from "./TaskFiles";
import { TaskPicture } from "./TaskPicture";
import { TaskPictures } from "./TaskPictures";
import { TaskState } from "./TaskState";

interface Props {
  task: Task;
  /** Shown large, with everything that can be done with it. */
  large: boolean;
}

export function TaskCard({ task, large }: Props) {
  const progress = useProgress(task);
  return (
    <article class={large ? "card card-large" : "card"} data-testid="task" data-task={task.id}>
      <Link to={pathOfTask(task.id)} class="card-link" label={called(task)}>
        {large ? (
          <TaskPictures task={task} progress={progress} ratio={1} />
        ) : (
          <TaskPicture task={task} progress={progress} file={task.result?.thumbnail} ratio={1} />
        )}
      </Link>
      <p class="card-prompt">{task.prompt}</p>
      <TaskState task={task} progress={progress} />
      {(large || task.status !== "done") && (
        <div class="card-actions">
          {task.result && <TaskFiles task={task} />}
          <TaskActions task={task} />
        </div>
      )}
    </article>
  );
}

/** What the link to a task is called: its prompt, and the word that stands where there is no picture. */
function called({ prompt, status }: Task): string {
  return isFinished(status) && status !== "done" ? `${prompt}: ${statusInWords(status)}` : prompt;
}
