import { Timestamp } from "firebase/firestore";
import { expect, test } from "vitest";
import type { Line } from "../src/contract";
import { drawingSeconds, expectedWait, knows, lineInWords, placeIn, waitIn } from "../src/firebase/line";
import type { Task } from "../src/firebase/queue";

const at = (seconds: number) => new Timestamp(1_700_000_000 + Math.floor(seconds), (seconds % 1) * 1e9);
const millis = (seconds: number) => at(seconds).toMillis();

const line = (fields: Partial<Line> = {}): Line => ({
  at: at(100),
  waiting: 3,
  ranks: [at(10), at(20), at(30)],
  workers: 2,
  seconds: { "pixeldraw/draft": 10, "diffusion/best": 30 },
  ...fields,
});

const task = (rank: number, created = rank): Task => ({ rank: at(rank), created_at: at(created) }) as Task;

test.each([
  [5, 0],
  [10, 0],
  [20, 1],
  [99, 3],
])("the place of rank %d is the number of ranks before its own: %d", (rank, place) => {
  expect(placeIn(line(), at(rank))).toBe(place);
});

test("ranks a microsecond apart are two places", () => {
  const ranks = [at(10), new Timestamp(1_700_000_010, 1000)];
  expect(placeIn(line({ ranks, waiting: 2 }), new Timestamp(1_700_000_010, 1000))).toBe(1);
});

test.each([
  [0, 0],
  [500, 500],
  [1000, 1000],
  [2000, 1000],
])("in a line longer than its ranks the place of rank %d is in proportion: %d", (rank, place) => {
  expect(placeIn(line({ ranks: [at(0), at(1000)], waiting: 1001 }), at(rank))).toBe(place);
});

test("a long line whose ranks are all the same puts everyone at its head", () => {
  expect(placeIn(line({ ranks: [at(5), at(5)], waiting: 50 }), at(9))).toBe(0);
});

test("the wait is a task's mean time for each before it and itself, shared by the workers, less what has passed", () => {
  expect(waitIn(line(), at(30), millis(100))).toBe(30);
  expect(waitIn(line(), at(30), millis(112))).toBe(18);
  expect(waitIn(line(), at(30), millis(999))).toBe(0);
});

test("nobody knows the wait where nothing was measured or nobody works", () => {
  expect(waitIn(line({ seconds: {} }), at(30), millis(100))).toBeNull();
  expect(waitIn(line({ workers: 0 }), at(30), millis(100))).toBeNull();
});

test("a line that was empty before the task came says nothing of it", () => {
  const empty = line({ waiting: 0, ranks: [] });
  expect(knows(empty, task(101), millis(102))).toBe(false);
  expect(knows(empty, task(99), millis(102))).toBe(true);
});

test("neither does a line that was told long ago, or none at all", () => {
  expect(knows(line(), task(30), millis(1200))).toBe(false);
  expect(knows(null, task(30), millis(100))).toBe(false);
});

test("a waiting task's place and wait are told in words", () => {
  expect(lineInWords(line(), task(30), millis(100))).toBe("2 before it · about 30 s");
  expect(lineInWords(line(), task(10), millis(100))).toBe("next in line · about 10 s");
  expect(lineInWords(line(), task(10), millis(110))).toBe("next in line · soon");
  expect(lineInWords(line({ seconds: {} }), task(30), millis(100))).toBe("2 before it");
  expect(lineInWords(null, task(30), millis(100))).toBe("for a worker");
});

test("my own tasks that were begun since the line was told no longer stand before the next", () => {
  expect(lineInWords(line(), task(30), millis(110), [task(10)])).toBe("1 before it · about 20 s");
  const long = line({ ranks: [at(0), at(1000)], waiting: 1001 });
  expect(lineInWords({ ...long, seconds: {} }, task(500), millis(100), [task(0)])).toBe("500 before it");
});

test("the wait before asking counts those in line, and what has passed since it was told", () => {
  const told = line({ at: at(0), waiting: 3, workers: 2, seconds: { "pixeldraw/draft": 10 } });
  expect(expectedWait(told, at(0).toMillis())).toBe(20);
  expect(expectedWait(told, at(15).toMillis())).toBe(5);
  expect(expectedWait(line({ at: at(0), waiting: 0, workers: 1 }), at(0).toMillis())).toBe(0);
});

test("nothing is expected of a line that nobody told lately, or where nobody works", () => {
  expect(expectedWait(line({ at: at(0), workers: 1 }), at(901).toMillis())).toBeNull();
  expect(expectedWait(line({ at: at(0), workers: 0 }), at(1).toMillis())).toBeNull();
  expect(expectedWait(line({ at: at(0), workers: 1, waiting: 2, seconds: {} }), at(1).toMillis())).toBeNull();
});

test("how long drawing takes is told of what was measured, and of nothing else", () => {
  const told = line({ seconds: { "pixeldraw/draft": 10 } });
  expect(drawingSeconds(told, "pixeldraw", "draft")).toBe(10);
  expect(drawingSeconds(told, "pixeldraw", "best")).toBeNull();
});
