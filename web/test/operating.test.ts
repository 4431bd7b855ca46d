import { expect, test } from "vitest";
import { costOf, stateOf, workOf } from "../src/state/operating";

const at = (millis: number) => ({ toMillis: () => millis });
const NOW = 10_000_000;

test("a worker that was heard of lately is what it says", () => {
  expect(stateOf({ state: "idle", last_seen: at(NOW - 500_000) }, NOW)).toBe("idle");
});

test("a worker that says nothing for ten minutes is silent, unless it said that it stops", () => {
  expect(stateOf({ state: "rendering", last_seen: at(NOW - 601_000) }, NOW)).toBe("silent");
  expect(stateOf({ state: "idle" }, NOW)).toBe("silent");
  expect(stateOf({ state: "stopped", last_seen: at(0) }, NOW)).toBe("stopped");
});

test("a day's work is all that ended, and the time of what was drawn", () => {
  const day = {
    finished: { done: 3, failed: 1 },
    done: { pixeldraw: 2, diffusion: 1 },
    seconds: { pixeldraw: 10 },
  };
  expect(workOf(day)).toEqual({ tasks: 4, seconds: 20 });
});

test("what it costs grows with tasks and with seconds", () => {
  expect(costOf(0, 0)).toEqual({ reads: 0, writes: 0, partOfFree: 0 });
  expect(costOf(100, 1000)).toEqual({ reads: 1870, writes: 1410, partOfFree: 0.0705 });
});
