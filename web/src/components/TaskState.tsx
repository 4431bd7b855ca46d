import type { Progress, Result } from "../contract";
import type { Task } from "../firebase/queue";
import { usePlace } from "../state/hooks";
import { duration, failureInWords, isFinished, statusInWords } from "../words";
import { words } from "../words/task";
import { ProgressBar } from "./ProgressBar";

interface Props {
  task: Task;
  progress: Progress | null;
}

/** How a task stands: its status in a word, its progress, and what went wrong. */
export function TaskState({ task, progress }: Props) {
  const place = usePlace(task);
  const cancelling = task.cancel_requested && !isFinished(task.status);
  return (
    <div class="state">
      <p class="state-line">
        <span class="badge" data-status={task.status} data-testid="status">
          {cancelling ? words().cancelling : statusInWords(task.status)}
        </span>
        <span class="state-detail">{place || detail(task, progress)}</span>
      </p>
      {task.status === "running" && <ProgressBar prompt={task.prompt} progress={progress} />}
      {task.error && task.status !== "done" && <p class="mistake">{failureInWords(task.error)}</p>}
    </div>
  );
}

function detail(task: Task, progress: Progress | null): string {
  switch (task.status) {
    case "running":
      return progress ? stepsInWords(progress) : words().gettingReady;
    case "done":
      return task.result ? resultInWords(task.result) : "";
    default:
      return "";
  }
}

function resultInWords({ images, seconds }: Result): string {
  return words().drawnIn(images.length, duration(seconds));
}

function stepsInWords({ step, steps, eta }: Progress): string {
  const left = typeof eta === "number" ? ` · ${words().left(duration(eta))}` : "";
  return words().step(step, steps) + left;
}
