/** Which tile of a wall an arrow key leads to. */

export interface Box {
  left: number;
  top: number;
  width: number;
}

/** The index of the tile that a key leads to from the tile `at`; null if it leads nowhere. */
export function neighbour(key: string, at: number, boxes: readonly Box[]): number | null {
  switch (key) {
    case "ArrowLeft":
      return at > 0 ? at - 1 : null;
    case "ArrowRight":
      return at < boxes.length - 1 ? at + 1 : null;
    case "Home":
      return 0;
    case "End":
      return boxes.length - 1;
    case "ArrowUp":
      return inNextRow(at, boxes, -1);
    case "ArrowDown":
      return inNextRow(at, boxes, 1);
    default:
      return null;
  }
}

/** The tile of the row above (-1) or below (1) whose middle is nearest. */
function inNextRow(at: number, boxes: readonly Box[], step: -1 | 1): number | null {
  const from = boxes[at];
  if (!from) return null;
  let first = at;
  while (boxes[first] && sameRow(boxes[first], from)) first += step;
  const row = boxes[first];
  if (!row) return null;
  let best = first;
  for (let index = first; boxes[index] && sameRow(boxes[index], row); index += step) {
    if (distance(boxes[index], from) < distance(boxes[best], from)) best = index;
  }
  return best;
}

function sameRow(one: Box | undefined, other: Box): boolean {
  return one !== undefined && Math.abs(one.top - other.top) < 2;
}

function distance(one: Box | undefined, other: Box): number {
  return one ? Math.abs(one.left + one.width / 2 - (other.left + other.width / 2)) : Infinity;
}
