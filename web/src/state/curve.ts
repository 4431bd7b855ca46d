/** The scores of a render as they come: the document of its progress holds only the latest. */

import type { Progress } from "../contract";

export interface Point {
  step: number;
  score: number;
}

/** One attempt's scores, in the order of its steps. */
export interface Curve {
  epoch: number;
  points: readonly Point[];
}

/** More than fit side by side in a small picture; the older ones are then thinned out. */
export const MOST_POINTS = 240;

/** The curve with one more report; the same object if it tells nothing new. */
export function withReport(curve: Curve | null, { epoch, step, score }: Progress): Curve | null {
  if (typeof score !== "number" || !Number.isFinite(score)) return curve;
  if (!curve || curve.epoch !== epoch) return { epoch, points: [{ step, score }] };
  const last = curve.points.at(-1);
  // A render that goes on from a checkpoint takes some steps again.
  if (last && step <= last.step) {
    if (step === last.step) return curve;
    return { epoch, points: [...curve.points.filter((point) => point.step < step), { step, score }] };
  }
  return { epoch, points: [...thinned(curve.points), { step, score }] };
}

function thinned(points: readonly Point[]): readonly Point[] {
  return points.length < MOST_POINTS ? points : points.filter((_, index) => index % 2 === 0);
}

/** Scores as the points of a polyline in a box, the first on its left edge, the best at its top. */
export function polyline(points: readonly Point[], width: number, height: number): string {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return "";
  const scores = points.map(({ score }) => score);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const across = last.step - first.step || 1;
  const along = high - low;
  return points
    .map(({ step, score }) => {
      const x = ((step - first.step) / across) * width;
      const y = along === 0 ? height / 2 : height - ((score - low) / along) * height;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}
