import { expect, test } from "vitest";
import type { Task } from "../src/firebase/queue";
import { addressOfJson, fileName, recipeOf } from "../src/state/saving";

const file = { path: "results/t/1/image.png", url: "https://example.com/image.png" };
const TASK: Task = {
  id: "t",
  uid: "me",
  prompt: "A café, by night:1 | blue?",
  renderer: "pixeldraw",
  params: { cells: 20 },
  public: false,
  status: "done",
  cancel_requested: false,
  result: {
    images: [file],
    thumbnail: file,
    width: 512,
    height: 512,
    seed: -7,
    seconds: 3,
    model: "starter-clip",
    model_hash: "abc",
    versions: { brushfire: "0.1.0", torch: "2" },
  },
};

test("a file's name says what it is", () => {
  expect(fileName(TASK, "png")).toBe("a-cafe-by-night-1-blue--7.png");
  expect(fileName(TASK, "png", 2)).toBe("a-cafe-by-night-1-blue--7-2.png");
  expect(fileName({ prompt: "夜の海" }, "mp4")).toBe("夜の海.mp4");
  expect(fileName({ prompt: "???" }, "svg")).toBe("picture.svg");
  expect(fileName({ prompt: "x".repeat(500) }, "svg")).toHaveLength(64);
});

test("the recipe is what the picture carries", () => {
  expect(recipeOf(TASK)).toEqual({
    prompt: TASK.prompt,
    renderer: "pixeldraw",
    params: { cells: 20 },
    seed: -7,
    model: "starter-clip",
    model_hash: "abc",
    version: "0.1.0",
  });
  expect(recipeOf({ ...TASK, result: null })).toBeNull();
});

test("a recipe's address holds all of it", () => {
  const address = addressOfJson(recipeOf(TASK));
  const [head = "", body = ""] = address.split(/,(.*)/s);
  expect(head).toMatch(/^data:application\/json/);
  expect(JSON.parse(decodeURIComponent(body))).toEqual(recipeOf(TASK));
});
