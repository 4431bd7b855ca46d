import { expect, test } from "vitest";
import { type Box, neighbour } from "../src/state/tiles";

// Two rows of three and a last one of two; the second row's tiles are of other widths.
const box = (left: number, top: number, width = 100): Box => ({ left, top, width });
const wall = [
  box(0, 0),
  box(100, 0),
  box(200, 0),
  box(0, 100, 200),
  box(200, 100, 50),
  box(250, 100, 50),
  box(0, 200),
  box(100, 200),
];

test.each([
  ["ArrowRight", 0, 1],
  ["ArrowRight", 2, 3],
  ["ArrowRight", 7, null],
  ["ArrowLeft", 3, 2],
  ["ArrowLeft", 0, null],
  ["Home", 5, 0],
  ["End", 0, 7],
  ["Enter", 3, null],
])("%s leads from tile %i to %s", (key, from, to) => {
  expect(neighbour(key, from, wall)).toBe(to);
});

test.each([
  ["ArrowDown", 0, 3],
  ["ArrowDown", 1, 3],
  ["ArrowDown", 2, 4],
  ["ArrowDown", 5, 7],
  ["ArrowDown", 6, null],
  ["ArrowUp", 5, 2],
  ["ArrowUp", 3, 1],
  ["ArrowUp", 7, 3],
  ["ArrowUp", 1, null],
])("%s leads from tile %i to the nearest of the next row, %s", (key, from, to) => {
  expect(neighbour(key, from, wall)).toBe(to);
});

test("on an empty wall no key leads anywhere", () => {
  expect(neighbour("ArrowDown", 0, [])).toBeNull();
});
