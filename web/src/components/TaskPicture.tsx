import { useRef } from "preact/hooks";
import type { Progress, StoredFile } from "../contract";
import type { Task } from "../firebase/queue";
import { useAddress } from "../state/hooks";
import { isFinished, statusInWords } from "../words";
import { words } from "../words/task";
import { Mark } from "./Mark";

// Renderers whose pictures are made of large square pixels, which must stay sharp at every size.
const PIXEL_ART = ["pixeldraw"];

interface Props {
  task: Task;
  progress: Progress | null;
  /** Which of the result's files to show. */
  file: StoredFile | undefined;
  /** Width over height of the frame. */
  ratio: number;
  /** What a picture that is one of several shows; by default the prompt. */
  alt?: string;
}

/** The picture, or whatever there is of it yet. */
export function TaskPicture({ task, progress, file, ratio, alt = task.prompt }: Props) {
  const address = useAddress(file);
  // The last preview stays underneath while the picture loads, so that nothing flashes.
  const lastPreview = useRef<string | null>(null);
  if (progress?.preview?.startsWith("data:image/")) lastPreview.current = progress.preview;
  const ended = isFinished(task.status) && !file;
  const preview = ended ? null : lastPreview.current;
  const art = PIXEL_ART.includes(task.renderer) ? "pixel-art" : "";
  return (
    <div class="picture" data-status={task.status} style={{ "--ratio": ratio }}>
      {preview && (
        <img
          class="picture-preview"
          src={preview}
          alt={file ? "" : words().soFar(task.prompt)}
          aria-hidden={file ? "true" : undefined}
        />
      )}
      {address && <img class={`picture-result ${art}`} src={address} alt={alt} />}
      {!preview && !address && <Placeholder task={task} />}
    </div>
  );
}

function Placeholder({ task }: { task: Task }) {
  const bad = task.status === "failed" || task.status === "rejected";
  return (
    <div class="placeholder">
      {bad || task.status === "cancelled" ? (
        <span class="placeholder-word">{statusInWords(task.status)}</span>
      ) : (
        <Mark />
      )}
    </div>
  );
}
