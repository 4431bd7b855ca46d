import { useEffect, useRef, useState } from "preact/hooks";
import type { Result } from "../contract";
import type { Task } from "../firebase/queue";
import { useAddress } from "../state/hooks";
import { words } from "../words/result";
import { words as taskWords } from "../words/task";
import { StoredImage } from "./StoredImage";
import { sharpness } from "./TaskPicture";
import { useZoom } from "./useZoom";

interface Props {
  task: Task;
  result: Result;
  /** Which of its pictures to begin with. */
  first: number;
  close: () => void;
}

/** A task's pictures over the whole window, as close as one likes. */
export function Zoomed({ task, result, first, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [frame, setFrame] = useState<HTMLElement | null>(null);
  const [index, setIndex] = useState(first);
  const zoom = useZoom(frame, result);
  const address = useAddress(result.images[index]);
  const count = result.images.length;
  const name = count > 1 ? taskWords().oneOf(task.prompt, index + 1, count) : task.prompt;
  useEffect(() => dialog.current?.showModal(), []);

  function turn(by: number): void {
    setIndex((index + by + count) % count);
    zoom.whole();
  }

  const keys: Record<string, () => unknown> = {
    "+": zoom.closer,
    "=": zoom.closer,
    "-": zoom.further,
    "0": zoom.whole,
    ArrowLeft: () => zoom.move(-1, 0) || turn(-1),
    ArrowRight: () => zoom.move(1, 0) || turn(1),
    ArrowUp: () => zoom.move(0, -1),
    ArrowDown: () => zoom.move(0, 1),
  };
  const { scale, x, y } = zoom.view;
  return (
    <dialog
      ref={dialog}
      class="zoomed"
      aria-label={name}
      aria-describedby="zoom-help"
      onClose={close}
      onKeyDown={(event) => {
        const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
        if (!act) return;
        event.preventDefault();
        act();
      }}
    >
      <div class="zoomed-frame" ref={setFrame} data-closer={scale > 1}>
        {address && (
          <StoredImage
            key={address}
            class={sharpness(task)}
            address={address}
            alt={name}
            draggable={false}
            style={{ transform: `translate(${x}px, ${y}px) scale(${scale})` }}
          />
        )}
      </div>
      <div class="zoomed-bar">
        {count > 1 && <Sign name={words().before} sign="‹" act={() => turn(-1)} />}
        {count > 1 && <Sign name={words().next} sign="›" act={() => turn(1)} />}
        <Sign name={words().further} sign="−" act={zoom.further} disabled={scale <= 1} />
        <output aria-label={words().whole}>{Math.round(scale * 100)} %</output>
        <Sign name={words().closer} sign="+" act={zoom.closer} />
        <button type="button" autofocus onClick={() => dialog.current?.close()}>
          {words().close}
        </button>
      </div>
      <p class="unseen" id="zoom-help">
        {words().zoomHelp}
      </p>
    </dialog>
  );
}

interface SignProps {
  name: string;
  sign: string;
  act: () => void;
  disabled?: boolean;
}

function Sign({ name, sign, act, disabled = false }: SignProps) {
  return (
    <button type="button" aria-label={name} title={name} aria-disabled={disabled} onClick={act}>
      {sign}
    </button>
  );
}
