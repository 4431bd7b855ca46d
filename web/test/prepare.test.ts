import { expect, test } from "vitest";
import { LONGEST_SIDE, planFor, Unfit } from "../src/pictures/prepare";

const png = { type: "image/png", size: 5000 };

test("a picture that is small enough goes as it is", () => {
  expect(planFor("Mask", png, { width: LONGEST_SIDE, height: 700 })).toEqual({
    width: LONGEST_SIDE,
    height: 700,
    asItIs: true,
    scaled: false,
  });
});

test("a larger one is made smaller in its own shape", () => {
  const plan = planFor("Mask", { type: "image/jpeg", size: 5000 }, { width: 6000, height: 4000 });
  expect(plan).toEqual({ width: 2048, height: 1365, asItIs: false, scaled: true });
});

test("a panorama keeps at least a line of pixels", () => {
  expect(planFor("Mask", png, { width: 40_000, height: 8 }).height).toBe(1);
});

test("another format, or too many bytes, is written anew at its own size", () => {
  expect(planFor("Mask", { type: "image/gif", size: 10 }, { width: 9, height: 9 })).toMatchObject({
    asItIs: false,
    scaled: false,
  });
  expect(planFor("Mask", { type: "image/png", size: 10 * 1024 ** 2 }, { width: 9, height: 9 }).asItIs).toBe(
    false,
  );
});

test("a picture with next to no pixels is refused", () => {
  expect(() => planFor("The picture", png, { width: 300, height: 7 })).toThrow(
    "The picture has 300 × 7 pixels; each side needs at least 8.",
  );
});

test("a mask takes on the size of its picture, and must have its shape", () => {
  const picture = { width: 2048, height: 1365 };
  expect(planFor("Mask", png, { width: 6000, height: 4000 }, picture)).toEqual({
    ...picture,
    asItIs: false,
    scaled: false,
  });
  expect(planFor("Mask", png, picture, picture).asItIs).toBe(true);
  expect(() => planFor("Mask", png, { width: 100, height: 100 }, picture)).toThrow(Unfit);
});
