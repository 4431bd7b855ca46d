import { useRef } from "preact/hooks";
import type { Progress, StoredFile } from "../contract";
import type { Task } from "../firebase/queue";
import { useAddress } from "../state/hooks";
import { isFinished, statusInWords } from "../words";
import { words } from "../words/task";
import { Mark } from "./Mark";
import { StoredImage } from "./StoredImage";

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
  /** Which part of the preview's sheet shows it, if it is one of several. */
  part?: Part;
}

export interface Part {
  index: number;
  of: number;
}

export function sharpness({ renderer }: Task): string {
  return PIXEL_ART.includes(renderer) ? "pixel-art" : "";
}

/** The sheet so large and so moved that the frame shows one part of it: it is as square as can be, row by row. */
export function placeOnSheet({ index, of }: Part) {
  const columns = Math.ceil(Math.sqrt(of));
  const rows = Math.ceil(of / columns);
  return {
    position: "absolute",
    width: `${columns * 100}%`,
    height: `${rows * 100}%`,
    left: `${-(index % columns) * 100}%`,
    top: `${-Math.floor(index / columns) * 100}%`,
    maxWidth: "none",
    objectFit: "fill",
  } as const;
}

/** The picture, or whatever there is of it yet. */
export function TaskPicture({ task, progress, file, ratio, alt = task.prompt, part }: Props) {
  const address = useAddress(file);
  // The last preview stays underneath while the picture loads, so that nothing flashes.
  const lastPreview = useRef<string | null>(null);
  if (progress?.preview?.startsWith("data:image/")) lastPreview.current = progress.preview;
  const ended = isFinished(task.status) && !file;
  const preview = ended ? null : lastPreview.current;
  return (
    <div class="picture" data-status={task.status} style={{ "--ratio": ratio }}>
      {preview && (
        <img
          class="picture-preview"
          src={preview}
          style={part && placeOnSheet(part)}
          alt={file ? "" : words().soFar(alt)}
          aria-hidden={file ? "true" : undefined}
        />
      )}
      {address && (
        <StoredImage key={address} address={address} class={`picture-result ${sharpness(task)}`} alt={alt}>
          {!preview && <Placeholder task={task} />}
        </StoredImage>
      )}
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
