import type { Task } from "../firebase/queue";
import { useProgress, useTask, useTitle } from "../state/hooks";
import { usePublic } from "../state/public";
import { shortened } from "../words";
import { words as galleryWords } from "../words/gallery";
import { words as resultWords } from "../words/result";
import { words } from "../words/task";
import { Link } from "./Link";
import { NoWorkerHint } from "./NoWorkerHint";
import { TaskActions } from "./TaskActions";
import { TaskAttempts } from "./TaskAttempts";
import { TaskFacts } from "./TaskFacts";
import { TaskFiles } from "./TaskFiles";
import { TaskOpinion } from "./TaskOpinion";
import { TaskRemoval } from "./TaskRemoval";
import { TaskSharing } from "./TaskSharing";
import { TaskStage } from "./TaskStage";
import { TaskState } from "./TaskState";
import { TaskVariations } from "./TaskVariations";

/** One task, at an address of its own. */
export function TaskScreen({ id }: { id: string }) {
  const found = useTask(id);
  return (
    <section class="detail" aria-label={words().picture} aria-busy={found === "loading"}>
      <BackLink id={id} />
      {found !== "loading" &&
        ("problem" in found ? <p class="mistake">{found.problem}</p> : <Shown task={found.task} />)}
    </section>
  );
}

/** Back to the wall that it was taken from, or to one's own pictures. */
function BackLink({ id }: { id: string }) {
  const fromGallery = usePublic().gallery.place.opened === id;
  return (
    <Link to={fromGallery ? "/gallery" : "/"} class="back">
      {fromGallery ? galleryWords().back : words().backToMine}
    </Link>
  );
}

function Shown({ task }: { task: Task | null }) {
  return task ? <TaskDetail task={task} /> : <p>{words().noPicture}</p>;
}

function TaskDetail({ task }: { task: Task }) {
  const progress = useProgress(task);
  useTitle(shortened(task.prompt));
  return (
    <article class="detail-task" data-testid="task" data-task={task.id}>
      <TaskStage task={task} progress={progress} />
      <div class="detail-words">
        <h1>{task.prompt}</h1>
        <TaskState task={task} progress={progress} />
        <TaskAttempts task={task} />
        <NoWorkerHint tasks={[task]} />
        <div class="detail-actions">
          <TaskActions task={task} />
          <TaskVariations task={task} />
          <TaskOpinion task={task} />
        </div>
        {task.result && (
          <div class="detail-actions" role="group" aria-label={resultWords().download}>
            <TaskFiles task={task} />
          </div>
        )}
        <TaskSharing task={task} />
        <TaskFacts task={task} />
        <TaskRemoval task={task} />
      </div>
    </article>
  );
}
