import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { drawStrokes, whiteOnBlack } from "../pictures/mask";
import type { Size } from "../pictures/prepare";
import { useStore } from "../state/store";
import { words } from "../words/pictures";
import { usePainting } from "./usePainting";

const BRUSHES = { min: 2, max: 30, first: 10 };

interface Props {
  /** Where the picture was uploaded to. */
  of: string;
  take: (mask: Blob) => void;
  close: () => void;
}

/** The picture with a brush over it: what is brushed is to be drawn anew. */
export function MaskPainter({ of, take, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [brush, setBrush] = useState(BRUSHES.first);
  const [empty, setEmpty] = useState(false);
  const painting = usePainting(brush);
  useEffect(() => dialog.current?.showModal(), []);

  async function done() {
    setEmpty(painting.strokes.length === 0);
    if (painting.strokes.length === 0 || !canvas.current) return;
    take(await whiteOnBlack(canvas.current, painting.strokes));
    close();
  }

  return (
    <dialog
      class="painter"
      ref={dialog}
      onClose={close}
      onKeyDown={(event) => {
        // The form around it isn't to be sent from here.
        if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
      }}
      aria-labelledby="painter-title"
    >
      <h2 id="painter-title">{words().painter}</h2>
      <p class="help">{words().painterHelp}</p>
      <PaintedPicture of={of} canvas={canvas} brush={brush} painting={painting} />
      <label class="painter-brush">
        {words().brush}
        <input
          type="range"
          min={BRUSHES.min}
          max={BRUSHES.max}
          value={brush}
          onInput={(event) => setBrush(Number(event.currentTarget.value))}
        />
      </label>
      <p class="mistake" role="alert">
        {empty && words().nothingPainted}
      </p>
      <div class="painter-acts">
        <button type="button" class="quiet" onClick={painting.undo}>
          {words().undo}
        </button>
        <button type="button" class="quiet" onClick={painting.clear}>
          {words().clear}
        </button>
        <span class="painter-space" />
        <button type="button" onClick={close}>
          {words().cancel}
        </button>
        <button type="button" class="painter-take" onClick={() => void done()}>
          {words().takeMask}
        </button>
      </div>
    </dialog>
  );
}

interface PaintedProps {
  of: string;
  canvas: RefObject<HTMLCanvasElement | null>;
  brush: number;
  painting: ReturnType<typeof usePainting>;
}

function PaintedPicture({ of, canvas, brush, painting: { strokes, tip, handlers } }: PaintedProps) {
  const address = useAddressOf(of);
  // The canvas is as large as the picture, once that is there; whatever room it is shown in.
  const [shape, setShape] = useState<Size>({ width: 300, height: 300 });
  useEffect(() => {
    const { current } = canvas;
    if (current) drawStrokes(current, strokes, getComputedStyle(current).color);
  }, [canvas, strokes, shape]);
  return (
    <div class="painter-picture">
      {address && (
        <img
          src={address}
          alt=""
          onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
            setShape({ width, height })
          }
        />
      )}
      <canvas
        ref={canvas}
        width={shape.width}
        height={shape.height}
        tabIndex={0}
        role="img"
        aria-label={words().painter}
        {...handlers}
      />
      <span
        class="painter-tip"
        style={{ left: `${tip.x * 100}%`, top: `${tip.y * 100}%`, width: `${brush}%` }}
      />
    </div>
  );
}

function useAddressOf(path: string): string | null {
  const { uploads } = useStore();
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => void uploads.previewOf(path).then(setAddress), [uploads, path]);
  return address;
}
