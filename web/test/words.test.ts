import { expect, test } from "vitest";
import type { Task } from "../src/firebase/queue";
import {
  aboutDuration,
  announcement,
  duration,
  explained,
  failureForVisitors,
  failureInWords,
  isFinished,
  shortened,
} from "../src/words";

const task = (status: Task["status"], prompt = "a tree") => ({ status, prompt }) as Task;

test.each([
  [-3, "0 s"],
  [0.4, "0 s"],
  [8.2, "8 s"],
  [59.6, "1 min"],
  [125, "2 min 5 s"],
  [3600, "1 h"],
  [3780, "1 h 3 min"],
])("%d seconds are %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test.each([
  [1, "about 5 s"],
  [23, "about 25 s"],
  [57, "about 55 s"],
  [58, "about 1 min"],
  [200, "about 3 min"],
  [4000, "about 1 h 5 min"],
])("an estimate of %d seconds is %s", (seconds, words) => {
  expect(aboutDuration(seconds)).toBe(words);
});

test("a task that waits to try again isn't finished, a cancelled one is", () => {
  expect(isFinished("scheduled")).toBe(false);
  expect(isFinished("cancelled")).toBe(true);
});

test("a failure names the option as the form does", () => {
  const message = "params.cells is 500, but must be less than or equal to 128";
  expect(failureInWords({ field: "params.cells", message })).toBe(
    "Cells is 500, but must be less than or equal to 128",
  );
});

test("a failure whose message doesn't begin with its field has the field put before", () => {
  expect(failureInWords({ field: "params.max_steps", message: "too many" })).toBe("Max steps: too many");
});

test("a failure of no field is its message", () => {
  expect(failureInWords({ message: "The GPU is full." })).toBe("The GPU is full.");
});

test("where a model's files lie is not told to visitors", () => {
  const message =
    "sd-turbo: /srv/models/sd-turbo/unet.safetensors isn't there; run: brushfire models get sd-turbo";
  expect(failureForVisitors({ code: "missing_weights", message })).toBe(
    "sd-turbo isn't on the machine that was to draw this.",
  );
  const nameless = "/srv/models/x.bin can't be read as a checkpoint: UnpicklingError";
  expect(failureForVisitors({ code: "damaged_weights", message: nameless })).toMatch(/^The model is broken/);
  expect(failureForVisitors({ code: "render_failed", message: "It is black." })).toBe("It is black.");
});

test("a change of status is news", () => {
  expect(announcement("running", task("done"))).toBe("“a tree” is done.");
});

test("what is seen for the first time, or hasn't changed, is no news", () => {
  expect(announcement(undefined, task("done"))).toBeNull();
  expect(announcement("running", task("running"))).toBeNull();
});

test("a long prompt is shortened without breaking a character", () => {
  expect(shortened("🔥🔥🔥🔥", 3)).toBe("🔥🔥…");
  expect(shortened("abc", 3)).toBe("abc");
});

test("an error of Firebase is told in words, another by its own message", () => {
  expect(explained({ code: "auth/operation-not-allowed", message: "Firebase: Error" })).toContain(
    "switched off",
  );
  expect(explained(new Error("no space left"))).toBe("no space left");
});
