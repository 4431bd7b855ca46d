import { expect, test } from "vitest";
import type { Task } from "../src/firebase/queue";
import { EVERYTHING, found, searches } from "../src/state/search";

const task = (id: string, prompt: string, more: Partial<Task> = {}): Task => ({
  id,
  uid: "me",
  prompt,
  renderer: "pixeldraw",
  params: {},
  public: false,
  status: "done",
  cancel_requested: false,
  ...more,
});

const TASKS = [
  task("boat", "a boat on the Sea at night"),
  task("cafe", "a Café by the sea", { renderer: "diffusion" }),
  task("wait", "a boat in a bottle", { status: "queued" }),
  task("lost", "a lighthouse", { status: "failed" }),
];

const ids = (search: Partial<typeof EVERYTHING>) =>
  found(TASKS, { ...EVERYTHING, ...search }).map(({ id }) => id);

test("without a search everything is found", () => {
  expect(searches(EVERYTHING)).toBe(false);
  expect(ids({})).toEqual(["boat", "cafe", "wait", "lost"]);
});

test("every word must be in the prompt, in any order, capitals and accents aside", () => {
  expect(ids({ words: "sea  boat" })).toEqual(["boat"]);
  expect(ids({ words: "CAFE" })).toEqual(["cafe"]);
  expect(ids({ words: "bo" })).toEqual(["boat", "wait"]);
  expect(ids({ words: "moon" })).toEqual([]);
});

test("it can be narrowed to a renderer and to what became of it", () => {
  expect(ids({ renderer: "diffusion" })).toEqual(["cafe"]);
  expect(ids({ kind: "open" })).toEqual(["wait"]);
  expect(ids({ kind: "failed" })).toEqual(["lost"]);
  expect(ids({ words: "boat", kind: "done" })).toEqual(["boat"]);
});
