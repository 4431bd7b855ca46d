import { expect, test } from "vitest";
import type { Progress } from "../src/contract";
import { type Curve, MOST_POINTS, polyline, withReport } from "../src/state/curve";

const report = (step: number, score: number | null, epoch = 1): Progress => ({
  epoch,
  step,
  steps: 999,
  score,
});

function curveOf(...reports: Progress[]): Curve | null {
  return reports.reduce<Curve | null>(withReport, null);
}

test("scores are kept in the order of their steps", () => {
  expect(curveOf(report(1, 0.1), report(5, 0.3))?.points).toEqual([
    { step: 1, score: 0.1 },
    { step: 5, score: 0.3 },
  ]);
});

test("a renderer that gives no score has no curve", () => {
  expect(curveOf(report(1, null), report(2, null))).toBeNull();
});

test("a report that comes twice is one point", () => {
  expect(curveOf(report(1, 0.1), report(1, 0.1))?.points).toHaveLength(1);
});

test("another attempt begins another curve", () => {
  expect(curveOf(report(9, 0.5), report(1, 0.1, 2))).toEqual({ epoch: 2, points: [{ step: 1, score: 0.1 }] });
});

test("steps that are taken again replace what was seen of them", () => {
  const curve = curveOf(report(1, 0.1), report(5, 0.3), report(9, 0.5), report(4, 0.2));
  expect(curve?.points.map(({ step }) => step)).toEqual([1, 4]);
});

test("a long render's curve stays small, and keeps its first and its last", () => {
  const reports = Array.from({ length: 3000 }, (_, index) => report(index + 1, index / 3000));
  const points = curveOf(...reports)?.points ?? [];
  expect(points.length).toBeLessThanOrEqual(MOST_POINTS);
  expect(points[0]?.step).toBe(1);
  expect(points.at(-1)?.step).toBe(3000);
});

test("the best score is at the top of the box, the worst at its foot", () => {
  const points = [
    { step: 0, score: 0.1 },
    { step: 5, score: 0.3 },
    { step: 10, score: 0.2 },
  ];
  expect(polyline(points, 60, 20)).toBe("0.0,20.0 30.0,0.0 60.0,10.0");
});

test("a score that never moves runs through the middle", () => {
  expect(
    polyline(
      [
        { step: 1, score: 0.2 },
        { step: 2, score: 0.2 },
      ],
      60,
      20,
    ),
  ).toBe("0.0,10.0 60.0,10.0");
});
