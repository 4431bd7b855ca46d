import { expect, test } from "vitest";
import type { OptionField } from "../src/options/fields";
import { inOrder, offered } from "../src/options/renderers";

test("diffusion is offered first, then pixeldraw; renderers of others come last, by name", () => {
  const catalog = { zebra: {}, clipdraw: {}, pixeldraw: {}, apple: {}, diffusion: {}, vqgan_clip: {} };
  expect(offered(catalog)).toEqual(["diffusion", "pixeldraw", "vqgan_clip", "clipdraw", "apple", "zebra"]);
});

test("only what is in the catalog is offered", () => {
  expect(offered({ clipdraw: {}, pixeldraw: {} })).toEqual(["pixeldraw", "clipdraw"]);
});

test("options come in this version's order however they arrive, unknown ones last", () => {
  const arrived = ["zoomed", "steps", "size", "images", "apple"].map((name) => ({ name }) as OptionField);
  const names = inOrder("diffusion", arrived).map(({ name }) => name);
  expect(names).toEqual(["size", "images", "steps", "apple", "zoomed"]);
});
