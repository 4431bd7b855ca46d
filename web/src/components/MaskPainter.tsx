import { useEffect, useRef, useState } from "preact/hooks";
import { drawStrokes, type Point, type Stroke, whiteOnBlack } from "../pictures/mask";
import { useStore } from "../state/store";
import { words } from "../words/pictures";

const BRUSHES = { min: 2, max: 30, first: 10 };
/** How far an arrow key moves the brush, in parts of the picture. */
const STEP = 0.02;

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
  const address = useAddressOf(of);
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [brush, setBrush] = useState(BRUSHES.first);
  const [tip, setTip] = useState<Point>({ x: 0.5, y: 0.5 });
  const [empty, setEmpty] = useState(false);
  const drawing = useRef(false);

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    const { current } = canvas;
    if (current) drawStrokes(current, strokes, getComputedStyle(current).color);
  }, [strokes, address]);

  function begin(at: Point) {
    setEmpty(false);
    setStrokes((before) => [...before, { width: brush / 100, points: [at] }]);
  }
  function goOn(at: Point) {
    setStrokes((before) => {
      const last = before.at(-1);
      return last ? [...before.slice(0, -1), { ...last, points: [...last.points, at] }] : before;
    });
  }
  function onPointer(event: PointerEvent) {
    const at = pointOf(event);
    setTip(at);
    if (event.type === "pointerdown") {
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      drawing.current = true;
      begin(at);
    } else if (event.type === "pointerup" || event.type === "pointercancel") drawing.current = false;
    else if (drawing.current) goOn(at);
  }
  function onKey(event: KeyboardEvent) {
    const moved = moves[event.key]?.(tip);
    if (moved) setTip(moved);
    else if (event.key === " ") begin(tip);
    else return;
    event.preventDefault();
  }
  async function done() {
    const { current } = canvas;
    if (strokes.length === 0 || !current) {
      setEmpty(true);
      return;
    }
    take(await whiteOnBlack(current, strokes));
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
      <div class="painter-picture">
        {address && (
          <img src={address} alt="" onLoad={({ currentTarget }) => fit(canvas.current, currentTarget)} />
        )}
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label={words().painter}
          onPointerDown={onPointer}
          onPointerMove={onPointer}
          onPointerUp={onPointer}
          onPointerCancel={onPointer}
          onKeyDown={onKey}
        />
        <span
          class="painter-tip"
          style={{ left: `${tip.x * 100}%`, top: `${tip.y * 100}%`, width: `${brush}%` }}
        />
      </div>
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
        <button type="button" class="quiet" onClick={() => setStrokes(strokes.slice(0, -1))}>
          {words().undo}
        </button>
        <button type="button" class="quiet" onClick={() => setStrokes([])}>
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

const moves: Readonly<Record<string, (from: Point) => Point>> = {
  ArrowLeft: ({ x, y }) => ({ x: Math.max(0, x - STEP), y }),
  ArrowRight: ({ x, y }) => ({ x: Math.min(1, x + STEP), y }),
  ArrowUp: ({ x, y }) => ({ x, y: Math.max(0, y - STEP) }),
  ArrowDown: ({ x, y }) => ({ x, y: Math.min(1, y + STEP) }),
};

function pointOf(event: PointerEvent): Point {
  const box = (event.currentTarget as Element).getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}

/** The canvas has the picture's shape, whatever room it is shown in. */
function fit(canvas: HTMLCanvasElement | null, { naturalWidth, naturalHeight }: HTMLImageElement): void {
  if (!canvas) return;
  canvas.width = naturalWidth;
  canvas.height = naturalHeight;
}

function useAddressOf(path: string): string | null {
  const { uploads } = useStore();
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => void uploads.previewOf(path).then(setAddress), [uploads, path]);
  return address;
}
