import { type Point, polyline } from "../state/curve";
import { words } from "../words/watching";

const WIDTH = 72;
const HEIGHT = 18;
const EDGE = 2;

/** How a picture's score has gone so far. */
export function ScoreCurve({ points }: { points: readonly Point[] }) {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return null;
  const label = words().curve(first.score.toFixed(3), last.score.toFixed(3), last.step - first.step);
  return (
    <svg
      class="curve"
      role="img"
      aria-label={label}
      viewBox={`${-EDGE} ${-EDGE} ${WIDTH + 2 * EDGE} ${HEIGHT + 2 * EDGE}`}
    >
      <title>{label}</title>
      <polyline points={polyline(points, WIDTH, HEIGHT)} />
    </svg>
  );
}
