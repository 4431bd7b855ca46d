import { useState } from "preact/hooks";
import type { Progress } from "../contract";
import type { Task } from "../firebase/queue";
import { ratioOf } from "../options/aspects";
import { useStore } from "../state/store";
import { words } from "../words/result";
import { words as taskWords } from "../words/task";
import { Comparison } from "./Comparison";
import { TaskPictures } from "./TaskPictures";
import { TaskVideo } from "./TaskVideo";
import { Zoomed } from "./Zoomed";
import "../styles/stage.css";

interface Props {
  task: Task;
  progress: Progress | null;
}

/** A task's pictures as large as there is room: how they came, from what, and each of them closer. */
export function TaskStage({ task, progress }: Props) {
  const { result } = task;
  const [zoomed, setZoomed] = useState<number | null>(null);
  const beginning = useBeginning(task);
  const several = (result?.images.length ?? 0) > 1;
  const ratio = ratioOfTask(task);
  return (
    <div class="stage" style={{ "--ratio": ratio }}>
      <div class="stage-sight">
        <TaskPictures task={task} progress={progress} ratio={ratio} />
        {result && <Openers task={task} count={result.images.length} open={setZoomed} />}
      </div>
      {result?.video && <TaskVideo key={result.video.path} video={result.video} over={!several} />}
      {result && beginning && <Comparison task={task} result={result} beginning={beginning} />}
      {result && zoomed !== null && (
        <Zoomed task={task} result={result} first={zoomed} close={() => setZoomed(null)} />
      )}
    </div>
  );
}

interface OpenersProps {
  task: Task;
  count: number;
  open: (index: number) => void;
}

/** One button over each picture, in the same grid. */
function Openers({ task, count, open }: OpenersProps) {
  return (
    <div class={count > 1 ? "openers pictures" : "openers"}>
      {Array.from({ length: count }, (_, index) => {
        const name = count > 1 ? taskWords().oneOf(task.prompt, index + 1, count) : task.prompt;
        return (
          <button
            key={index}
            type="button"
            class="opener picture"
            aria-label={words().zoom(name)}
            onClick={() => open(index)}
          />
        );
      })}
    </div>
  );
}

/** The path of the visitor's own picture that the task began from. */
function useBeginning({ uid, params }: Task): string | null {
  const mine = useStore().uid.value === uid;
  return mine && typeof params.init_image === "string" ? params.init_image : null;
}

// The result's own sides may be a pixel off the shape that was asked for: nothing should jump for that.
const CLOSE_ENOUGH = 0.02;

function ratioOfTask({ result, params }: Task): number {
  const asked = ratioOf(params.aspect);
  const given = result ? result.width / result.height : asked;
  return Math.abs(given / asked - 1) < CLOSE_ENOUGH ? asked : given;
}
