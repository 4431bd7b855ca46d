import { Timestamp } from "firebase/firestore";
import { expect, test } from "vitest";
import { nextRank, rankAfterRefusal } from "../src/firebase/rank";

const last = new Timestamp(1000, 250_000_000);
const spaced = { kind: "spaced", at: new Timestamp(1030, 250_000_000) };
const now = { kind: "now" } as const;

test("a first task takes its place now", () => {
  expect(nextRank(null, 0)).toEqual(now);
});

test("a task soon after another stands half a minute behind it", () => {
  expect(nextRank(last, 1_010_000)).toEqual(spaced);
});

test("a task long after another takes its place now", () => {
  expect(nextRank(last, 1_030_250)).toEqual(now);
});

test("when another tab has moved the last rank, the next is counted from there", () => {
  const moved = new Timestamp(1100, 0);
  expect(rankAfterRefusal(now, last, moved, 1_101_000)).toEqual({
    kind: "spaced",
    at: new Timestamp(1130, 0),
  });
});

test("a refused now means that this clock is ahead", () => {
  expect(rankAfterRefusal(now, last, new Timestamp(1000, 250_000_000), 1_031_000)).toEqual(spaced);
});

test("a refused spacing means that this clock is behind", () => {
  expect(rankAfterRefusal({ kind: "spaced", at: spaced.at }, last, last, 1_001_000)).toEqual(now);
});

test("without any rank before, it is tried as it was", () => {
  expect(rankAfterRefusal(now, null, null, 0)).toEqual(now);
});
