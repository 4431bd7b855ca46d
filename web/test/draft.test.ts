import { expect, test } from "vitest";
import { KNOWN_RENDERERS } from "../src/contract";
import type { Task } from "../src/firebase/queue";
import { Draft, several } from "../src/state/draft";

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

test("what belongs to a picture to begin from is neither shown nor sent without one", () => {
  const draft = new Draft();
  draft.typePrompt("a tree");
  draft.type("strength", "0.9");
  const names = () => draft.fields(KNOWN_RENDERERS).map(({ name }) => name);
  expect(names()).not.toContain("strength");
  expect(draft.read(KNOWN_RENDERERS)?.params).toEqual({ quality: "draft" });
  draft.type("init_image", "uploads/u/a.png");
  expect(names()).toEqual(expect.arrayContaining(["strength", "mask"]));
  expect(draft.read(KNOWN_RENDERERS)?.params).toMatchObject({
    strength: 0.9,
    init_image: "uploads/u/a.png",
  });
});

test("a task keeps its own pictures in the form, weights and all; another's are left out", () => {
  const params = {
    init_image: "uploads/u/a.png",
    image_prompts: [{ image: "uploads/u/b.png", weight: -0.5 }, { image: "uploads/u/c.png" }],
  };
  const draft = new Draft();
  draft.fill(task({ params }), "u");
  expect(draft.read(KNOWN_RENDERERS)?.params).toEqual(params);
  draft.fill(task({ params }), "somebody");
  expect(draft.read(KNOWN_RENDERERS)?.params).toEqual({});
});

test("a picture's weight that is no number is told at the field of them all", () => {
  const draft = new Draft();
  draft.fill(task({ params: {} }), "u");
  draft.type("image_prompts", "uploads/u/a.png 1\nuploads/u/b.png heavy");
  expect(draft.read(KNOWN_RENDERERS)).toBeNull();
  expect(draft.mistakes.value.image_prompts).toContain("picture 2: Weight must be a number");
});

test("a rejected picture of several is told at the field of them all", () => {
  const draft = new Draft();
  const message = "params.image_prompts.1 is 'uploads/u/a.png', but must be there";
  draft.correct(task({ error: { code: "invalid", field: "params.image_prompts.1", message } }));
  expect(Object.keys(draft.mistakes.value)).toEqual(["image_prompts"]);
});

test("an e-mail goes along only if it is wished, and a wrong address is told", () => {
  const draft = new Draft();
  draft.typePrompt("a tree");
  draft.email.change({ wanted: true, address: "nobody" });
  expect(draft.read(catalog)).toBeNull();
  expect(Object.keys(draft.mistakes.value)).toEqual(["email"]);
  draft.email.change({ address: "me@example.org" });
  expect(draft.mistakes.value).toEqual({});
  expect(draft.read(catalog)?.email).toBe("me@example.org");
  draft.email.change({ wanted: false });
  expect(draft.read(catalog)).not.toHaveProperty("email");
});

test("several tasks differ in their seeds alone", () => {
  const request = { prompt: "a tree", renderer: "clipdraw", params: { strokes: 9 }, public: false };
  expect(several(request, 3)).toEqual([request, request, request]);
  const seeds = (seed: string | number) =>
    several({ ...request, params: { strokes: 9, seed } }, 3).map(({ params }) => params);
  expect(seeds(7)).toEqual([7, 8, 9].map((seed) => ({ strokes: 9, seed })));
  expect(seeds("cat")).toEqual(["cat", "cat 2", "cat 3"].map((seed) => ({ strokes: 9, seed })));
});

test("where a renderer makes several pictures itself, one task asks for them", () => {
  const draft = new Draft();
  draft.count.value = 4;
  draft.choose("diffusion");
  expect(draft.tasks(KNOWN_RENDERERS)).toBe(1);
  draft.choose("pixeldraw");
  expect(draft.tasks(KNOWN_RENDERERS)).toBe(4);
});
