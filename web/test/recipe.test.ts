import { expect, test } from "vitest";
import { KNOWN_RENDERERS } from "../src/contract";
import { follow, isOwn, readRecipe } from "../src/pictures/recipe";

const RECIPE = { prompt: "a house", renderer: "pixeldraw", params: { cells: 8 }, seed: 7, version: "1" };

const recipe = (more: object = {}) => {
  const read = readRecipe(JSON.stringify({ ...RECIPE, ...more }));
  if (!read) throw new Error("no recipe");
  return read;
};

test("a recipe is asked for again as it was made: by the number that its seed came to", () => {
  const asked = follow(recipe({ params: { cells: 8, seed: "my cat" } }), KNOWN_RENDERERS, "me");
  expect(asked).toEqual({
    prompt: "a house",
    renderer: "pixeldraw",
    params: { cells: 8, seed: "7" },
    unknown: [],
    foreign: [],
  });
});

test("a renderer that this site doesn't have is said so, and the prompt is kept", () => {
  for (const renderer of ["oils", "constructor", "__proto__"]) {
    const asked = follow(recipe({ renderer }), KNOWN_RENDERERS, "me");
    expect(asked).toMatchObject({ prompt: "a house", renderer: null, params: {} });
  }
});

test("an option that this site doesn't have is left out by name", () => {
  const asked = follow(recipe({ params: { cells: 8, glitter: 3, toString: 1 } }), KNOWN_RENDERERS, "me");
  expect(asked.unknown).toEqual(["glitter", "toString"]);
  expect(asked.params).toEqual({ cells: 8, seed: "7" });
});

test("another visitor's pictures are left out, one's own are kept", () => {
  const params = {
    init_image: "uploads/me/a.png",
    image_prompts: [{ image: "uploads/you/b.png", weight: 1 }],
  };
  const asked = follow(recipe({ params }), KNOWN_RENDERERS, "me");
  expect(asked.foreign).toEqual(["image_prompts"]);
  expect(asked.params.init_image).toBe("uploads/me/a.png");
});

test("whose an upload is, is told by its path to the slash", () => {
  expect(isOwn("uploads/me/a.png", "me")).toBe(true);
  expect(isOwn("uploads/me2/a.png", "me")).toBe(false);
  expect(isOwn("uploads/me/a.png", null)).toBe(false);
  expect(isOwn([{ image: "uploads/you/a.png" }], "me")).toBe(false);
  expect(isOwn(0.5, null)).toBe(true);
});

test("a seed with more digits than a browser's numbers keeps them all", () => {
  const text = '{"prompt": "a", "renderer": "b", "params": {"seed": 1}, "seed": 9223372036854775807}';
  expect(readRecipe(text)?.seed).toBe("9223372036854775807");
});

test("HTML in a recipe is a text like any other", () => {
  const prompt = "<img src=x onerror=alert(1)>";
  expect(recipe({ prompt }).prompt).toBe(prompt);
});

test.each([
  ["no JSON", "{"],
  ["a text", '"a"'],
  ["a list", "[]"],
  ["nothing", "null"],
  ["no prompt", '{"renderer": "pixeldraw", "seed": 1}'],
  ["an empty prompt", '{"prompt": " ", "renderer": "pixeldraw"}'],
  ["a prompt that is no text", '{"prompt": {"a": 1}, "renderer": "pixeldraw"}'],
  ["an endless prompt", JSON.stringify({ prompt: "a".repeat(5000), renderer: "pixeldraw" })],
  ["an endless renderer", JSON.stringify({ prompt: "a", renderer: "b".repeat(65) })],
  ["options that are none", '{"prompt": "a", "renderer": "b", "params": [1]}'],
])("%s is no recipe", (_, text) => {
  expect(readRecipe(text)).toBeNull();
});
