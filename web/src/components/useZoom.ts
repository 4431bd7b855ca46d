import { useEffect, useRef, useState } from "preact/hooks";
import { closer, fitted, held, type Size, type View, WHOLE } from "../state/zoom";

const KEY_FACTOR = 1.5;
const CLICK_SCALE = 3;
const MOVED_PIXELS = 60;
// A finger that moves less than this has tapped.
const TAP_PIXELS = 6;

interface Pointer {
  x: number;
  y: number;
}

/** The view of a picture in a frame that follows the wheel, fingers, the mouse and keys. */
export function useZoom(frame: HTMLElement | null, picture: Size) {
  const [view, setView] = useState<View>(WHOLE);
  const latest = useRef(view);
  latest.current = view;

  function change(next: (view: View) => View): void {
    if (!frame) return;
    const room = { width: frame.clientWidth, height: frame.clientHeight };
    latest.current = held(next(latest.current), fitted(picture, room), room);
    setView(latest.current);
  }

  useEffect(
    () => (frame ? followPointers(frame, change) : undefined),
    [frame, picture.width, picture.height],
  );

  return {
    view,
    whole: () => change(() => WHOLE),
    closer: () => change((now) => closer(now, KEY_FACTOR)),
    further: () => change((now) => closer(now, 1 / KEY_FACTOR)),
    /** Moves what is in sight; false if all of it is. */
    move(right: number, down: number): boolean {
      if (latest.current.scale <= 1) return false;
      change((now) => ({ ...now, x: now.x - right * MOVED_PIXELS, y: now.y - down * MOVED_PIXELS }));
      return true;
    },
  };
}

function followPointers(frame: HTMLElement, change: (next: (view: View) => View) => void): () => void {
  const pointers = new Map<number, Pointer>();
  let began: Pointer | null = null;

  const at = ({ clientX, clientY }: MouseEvent): Pointer => {
    const { left, top, width, height } = frame.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  };

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    const { x, y } = at(event);
    change((view) => closer(view, Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), x, y));
  }

  function down(event: PointerEvent): void {
    if (event.button !== 0) return;
    frame.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    began = pointers.size === 1 ? at(event) : null;
  }

  function move(event: PointerEvent): void {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (began && distance(began, now) > TAP_PIXELS) began = null;
    if (other) change((view) => pinched(view, before, now, other));
    else change((view) => ({ ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y }));
  }

  function up(event: PointerEvent): void {
    if (!pointers.delete(event.pointerId) || !began || event.type !== "pointerup") return;
    const { x, y } = began;
    began = null;
    change((view) => (view.scale > 1 ? WHOLE : closer(view, CLICK_SCALE, x, y)));
  }

  const followed: [string, (event: never) => void][] = [
    ["wheel", wheel],
    ["pointerdown", down],
    ["pointermove", move],
    ["pointerup", up],
    ["pointercancel", up],
  ];
  for (const [name, listener] of followed)
    frame.addEventListener(name, listener as EventListener, { passive: false });
  return () => {
    for (const [name, listener] of followed) frame.removeEventListener(name, listener as EventListener);
  };
}

/** Two fingers: as much closer as they are further apart, around the middle between them. */
function pinched(view: View, before: Pointer, now: Pointer, other: Pointer): View {
  const factor = distance(now, other) / Math.max(1, distance(before, other));
  const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
  const zoomed = closer(view, factor, middle.x, middle.y);
  return { ...zoomed, x: zoomed.x + (now.x - before.x) / 2, y: zoomed.y + (now.y - before.y) / 2 };
}

function distance(one: Pointer, other: Pointer): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
