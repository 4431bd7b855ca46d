import { useEffect, useState } from "preact/hooks";
import type { Result } from "../contract";
import type { Task } from "../firebase/queue";
import { useAddress } from "../state/hooks";
import { useStore } from "../state/store";
import { words } from "../words/result";
import { StoredImage } from "./StoredImage";

interface Props {
  task: Task;
  result: Result;
  /** The path of the picture that it began from. */
  beginning: string;
}

/** The picture that a task began from over what came of it, with a line between them that can be dragged. */
export function Comparison({ task, result, beginning }: Props) {
  const before = useUpload(beginning);
  const after = useAddress(result.images[0]);
  const [part, setPart] = useState(0.5);
  if (!before || !after) return null;
  const percent = Math.round(part * 100);
  return (
    <figure class="compare">
      <div class="compare-sight" style={{ "--part": part, "--ratio": result.width / result.height }}>
        <StoredImage address={after} alt={task.prompt} />
        <StoredImage class="compare-before" address={before} alt={words().beginning} />
        <input
          type="range"
          aria-label={words().compare}
          aria-valuetext={words().compareAt(percent)}
          min={0}
          max={100}
          value={percent}
          onInput={(event) => setPart(Number(event.currentTarget.value) / 100)}
        />
      </div>
      <figcaption>{words().compare}</figcaption>
    </figure>
  );
}

/** The address of one of the visitor's own uploads; null until it is known, and if it is gone. */
function useUpload(path: string): string | null {
  const { files } = useStore().firebase;
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    void files.addressOfUpload(path).then((found) => {
      if (wanted) setAddress(found);
    });
    return () => {
      wanted = false;
    };
  }, [files, path]);
  return address;
}
