import { expect, test } from "vitest";
import { offered } from "../src/options/renderers";

test("diffusion is offered first, then pixeldraw; renderers of others come last, by name", () => {
  const catalog = { zebra: {}, clipdraw: {}, pixeldraw: {}, apple: {}, diffusion: {}, vqgan_clip: {} };
  expect(offered(catalog)).toEqual(["diffusion", "pixeldraw", "vqgan_clip", "clipdraw", "apple", "zebra"]);
});

test("only what is in the catalog is offered", () => {
  expect(offered({ clipdraw: {}, pixeldraw: {} })).toEqual(["pixeldraw", "clipdraw"]);
});
