import type { Progress, StoredFile } from "../contract";
import type { Task } from "../firebase/queue";
import { words } from "../words/task";
import { TaskPicture } from "./TaskPicture";

interface Props {
  task: Task;
  progress: Progress | null;
  /** Width over height of each. */
  ratio: number;
}

/**
 * All pictures of a task, side by side if there are several. They are drawn together, step by step, and are finished
 * at the same moment; until then each shows its part of the preview, which has them all on one sheet.
 */
export function TaskPictures({ task, progress, ratio }: Props) {
  const images: (StoredFile | undefined)[] = task.result?.images ?? asked(task);
  if (images.length < 2) {
    return <TaskPicture task={task} progress={progress} file={images[0]} ratio={ratio} />;
  }
  return (
    <div class="pictures" style={{ "--ratio": ratio }}>
      {images.map((image, index) => (
        <TaskPicture
          key={index}
          task={task}
          progress={progress}
          file={image}
          ratio={ratio}
          part={{ index, of: images.length }}
          alt={words().oneOf(task.prompt, index + 1, images.length)}
        />
      ))}
    </div>
  );
}

/** As many places as pictures were asked for. */
function asked({ params }: Task): undefined[] {
  const { images } = params;
  return Array.from({ length: typeof images === "number" ? images : 1 }, () => undefined);
}
