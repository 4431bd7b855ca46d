import { useStore } from "../state/store";
import { words } from "../words/task";
import { Mark } from "./Mark";
import { NoWorkerHint } from "./NoWorkerHint";
import { TaskCard } from "./TaskCard";

/** My pictures, newest first. */
export function MyPictures() {
  const tasks = useStore().tasks.value;
  return (
    <section class="gallery" id="pictures" aria-labelledby="pictures-title" aria-busy={tasks === null}>
      <h1 id="pictures-title">{words().myPictures}</h1>
      {tasks !== null && <NoWorkerHint tasks={tasks} />}
      {tasks?.length === 0 && (
        <div class="empty">
          <Mark />
          <p>{words().nothingYet}</p>
        </div>
      )}
      <div class="cards">
        {tasks?.map((task, index) => (
          <TaskCard key={task.id} task={task} large={index === 0} />
        ))}
      </div>
    </section>
  );
}
