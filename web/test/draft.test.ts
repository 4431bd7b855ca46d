import { expect, test } from "vitest";
import { KNOWN_RENDERERS } from "../src/contract";
import type { Task } from "../src/firebase/queue";
import { Draft } from "../src/state/draft";

const catalog = {
  pixeldraw: {
    summary: "",
    options: {
      properties: {
        quality: { enum: ["draft", "normal"], default: "normal" },
        cells: { type: "integer", minimum: 8, maximum: 128, default: 40 },
      },
    },
  },
  clipdraw: { summary: "", options: { properties: { strokes: { type: "integer", default: 256 } } } },
};

const task = (fields: Partial<Task>): Task =>
  ({
    id: "t",
    uid: "u",
    prompt: "a tree",
    renderer: "pixeldraw",
    params: {},
    public: false,
    ...fields,
  }) as Task;

test("a new form asks for a draft of the renderer that is offered first", () => {
  const draft = new Draft();
  draft.typePrompt(" a tree ");
  expect(draft.read(KNOWN_RENDERERS)).toEqual({
    prompt: "a tree",
    renderer: "diffusion",
    params: { quality: "draft" },
    public: false,
  });
});

test("nothing is sent while there are mistakes, and each is told at its field", () => {
  const draft = new Draft();
  draft.choose("pixeldraw");
  draft.type("cells", "500");
  expect(draft.read(catalog)).toBeNull();
  expect(Object.keys(draft.mistakes.value)).toEqual(["prompt", "cells"]);
});

test("a mistake is forgiven as soon as its field is touched", () => {
  const draft = new Draft();
  draft.read(catalog);
  draft.typePrompt("a");
  expect(draft.mistakes.value).toEqual({});
});

test("a task fills the form so that asking again asks for the same", () => {
  const draft = new Draft();
  draft.fill(task({ renderer: "clipdraw", params: { strokes: 9 }, public: true }), "u");
  expect(draft.read(catalog)).toEqual({
    prompt: "a tree",
    renderer: "clipdraw",
    params: { strokes: 9 },
    public: true,
  });
});

test("a rejected task goes back into the form with the reason at its field", () => {
  const draft = new Draft();
  const message = "params.cells is 500, but must be at most 128";
  draft.correct(task({ params: { cells: 500 }, error: { code: "invalid", field: "params.cells", message } }));
  expect(draft.typed.value).toEqual({ cells: "500" });
  expect(draft.mistakes.value).toEqual({ cells: "Cells is 500, but must be at most 128" });
});

test("a renderer that no worker offers gives way to one that is offered", () => {
  const draft = new Draft();
  draft.renderer.value = "gone";
  expect(draft.rendererIn(catalog)).toBe("pixeldraw");
});

test("the mistakes of a renderer's options go with it, that of the prompt stays", () => {
  const draft = new Draft();
  draft.type("cells", "500");
  draft.read(catalog);
  draft.choose("clipdraw");
  expect(Object.keys(draft.mistakes.value)).toEqual(["prompt"]);
});
