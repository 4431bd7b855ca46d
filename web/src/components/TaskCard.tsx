import type { Task } from "../firebase/queue";
import { useProgress } from "../state/hooks";
import { pathOfTask } from "../state/route";
import { Link } from "./Link";
import { TaskActions } from "./TaskActions";
import { TaskPicture } from "./TaskPicture";
import { TaskState } from "./TaskState";

export function TaskCard({ task }: { task: Task }) {
  const progress = useProgress(task);
  return (
    <article class="card" data-testid="task" data-task={task.id}>
      <Link to={pathOfTask(task.id)} class="card-link">
        <TaskPicture task={task} progress={progress} file={task.result?.thumbnail} ratio={1} />
        <span class="card-prompt">{task.prompt}</span>
      </Link>
      <TaskState task={task} progress={progress} />
      <div class="card-actions">
        <TaskActions task={task} />
      </div>
    </article>
  );
}
