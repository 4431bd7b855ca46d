import type { Progress } from "../contract";
import type { Task } from "../firebase/queue";
import { words } from "../words/task";
import { TaskPicture } from "./TaskPicture";

interface Props {
  task: Task;
  progress: Progress | null;
  /** Width over height of each. */
  ratio: number;
}

/** All pictures of a task, side by side if there are several; until there are any, what there is of the first. */
export function TaskPictures({ task, progress, ratio }: Props) {
  const images = task.result?.images ?? [];
  if (images.length < 2) {
    return <TaskPicture task={task} progress={progress} file={images[0]} ratio={ratio} />;
  }
  return (
    <div class="pictures" style={{ "--ratio": ratio }}>
      {images.map((image, index) => (
        <TaskPicture
          key={image.path}
          task={task}
          progress={null}
          file={image}
          ratio={ratio}
          alt={words().oneOf(task.prompt, index + 1, images.length)}
        />
      ))}
    </div>
  );
}
