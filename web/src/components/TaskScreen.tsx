import type { Task } from "../firebase/queue";
import { ratioOf } from "../options/aspects";
import { useProgress, useTask, useTitle } from "../state/hooks";
import { shortened } from "../words";
import { words } from "../words/task";
import { Link } from "./Link";
import { NoWorkerHint } from "./NoWorkerHint";
import { TaskActions } from "./TaskActions";
import { TaskFacts } from "./TaskFacts";
import { TaskFiles } from "./TaskFiles";
import { TaskOpinion } from "./TaskOpinion";
import { TaskPictures } from "./TaskPictures";
import { TaskSharing } from "./TaskSharing";
import { TaskState } from "./TaskState";
import { TaskVideo } from "./TaskVideo";

/** One task, at an address of its own. */
export function TaskScreen({ id }: { id: string }) {
  const found = useTask(id);
  return (
    <section class="detail" aria-label={words().picture} aria-busy={found === "loading"}>
      <Link to="/" class="back">
        {words().backToMine}
      </Link>
      {found !== "loading" &&
        ("problem" in found ? <p class="mistake">{found.problem}</p> : <Shown task={found.task} />)}
    </section>
  );
}

function Shown({ task }: { task: Task | null }) {
  return task ? <TaskDetail task={task} /> : <p>{words().noPicture}</p>;
}

function ratioOfTask({ result, params }: Task): number {
  return result ? result.width / result.height : ratioOf(params.aspect);
}

function TaskDetail({ task }: { task: Task }) {
  const progress = useProgress(task);
  useTitle(shortened(task.prompt));
  return (
    <article class="detail-task" data-testid="task" data-task={task.id}>
      <TaskPictures task={task} progress={progress} ratio={ratioOfTask(task)} />
      <div class="detail-words">
        <h1>{task.prompt}</h1>
        <TaskState task={task} progress={progress} />
        <NoWorkerHint tasks={[task]} />
        <div class="detail-actions">
          {task.result && <TaskFiles result={task.result} />}
          <TaskActions task={task} />
          <TaskOpinion task={task} />
        </div>
        {task.result?.video && <TaskVideo video={task.result.video} />}
        <TaskSharing task={task} />
        <TaskFacts task={task} />
      </div>
    </article>
  );
}
