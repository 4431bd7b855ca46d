import { expect, test } from "vitest";
import type { Result } from "../src/contract";
import { filesOf } from "../src/firebase/removal";

const file = (path: string) => ({ path, url: `https://files.example/${path}` });

test("all of a result's files are found, each once", () => {
  const first = file("results/t1/2/image.png");
  const result = {
    images: [first, file("results/t1/2/image-2.png")],
    thumbnail: file("results/t1/2/thumbnail.webp"),
    video: file("results/t1/2/video.mp4"),
    svg: null,
    cover: first,
  } as unknown as Result;
  expect(filesOf({ id: "t1", result })).toEqual([
    "results/t1/2/image.png",
    "results/t1/2/image-2.png",
    "results/t1/2/thumbnail.webp",
    "results/t1/2/video.mp4",
  ]);
});

test("what isn't the task's own is left alone", () => {
  const result = { images: [file("results/t10/1/image.png")], thumbnail: file("uploads/ann/1.png") };
  expect(filesOf({ id: "t1", result: result as unknown as Result })).toEqual([]);
});

test("a task without a result has no files", () => {
  expect(filesOf({ id: "t1" })).toEqual([]);
  expect(filesOf({ id: "t1", result: null })).toEqual([]);
});
