import { useRef, useState } from "preact/hooks";
import type { Point, Stroke } from "../pictures/mask";

/** How far an arrow key moves the brush, in parts of the picture. */
const STEP = 0.02;

const MOVES: Readonly<Record<string, (from: Point) => Point>> = {
  ArrowLeft: ({ x, y }) => ({ x: Math.max(0, x - STEP), y }),
  ArrowRight: ({ x, y }) => ({ x: Math.min(1, x + STEP), y }),
  ArrowUp: ({ x, y }) => ({ x, y: Math.max(0, y - STEP) }),
  ArrowDown: ({ x, y }) => ({ x, y: Math.min(1, y + STEP) }),
};

/** What is painted with a brush of that width, in percent of the picture's: by pointer, or by arrows and space. */
export function usePainting(brush: number) {
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [tip, setTip] = useState<Point>({ x: 0.5, y: 0.5 });
  const drawing = useRef(false);

  function begin(at: Point) {
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
    } else if (event.type === "pointermove") {
      if (drawing.current) goOn(at);
    } else drawing.current = false;
  }

  function onKeyDown(event: KeyboardEvent) {
    const moved = MOVES[event.key]?.(tip);
    if (moved) setTip(moved);
    else if (event.key === " ") begin(tip);
    else return;
    event.preventDefault();
  }

  return {
    strokes,
    tip,
    undo: () => setStrokes((before) => before.slice(0, -1)),
    clear: () => setStrokes([]),
    handlers: {
      onPointerDown: onPointer,
      onPointerMove: onPointer,
      onPointerUp: onPointer,
      onPointerCancel: onPointer,
      onKeyDown,
    },
  };
}

function pointOf(event: PointerEvent): Point {
  const box = (event.currentTarget as Element).getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}
