import { expect, test } from "vitest";
import { closer, CLOSEST, fitted, held, WHOLE } from "../src/state/zoom";

const frame = { width: 400, height: 300 };

test("a wide picture is as wide as its frame, a tall one as high", () => {
  expect(fitted({ width: 800, height: 400 }, frame)).toEqual({ width: 400, height: 200 });
  expect(fitted({ width: 100, height: 200 }, frame)).toEqual({ width: 150, height: 300 });
});

test("the point under the pointer stays under it", () => {
  const before = { scale: 2, x: 30, y: -10 };
  const after = closer(before, 1.5, 80, 40);
  const partAt = (view: typeof before) => [(80 - view.x) / view.scale, (40 - view.y) / view.scale];
  expect(partAt(after)).toEqual(partAt(before));
  expect(after.scale).toBe(3);
});

test("one can come only so close, and go back no further than the whole", () => {
  expect(closer(WHOLE, 1000).scale).toBe(CLOSEST);
  expect(closer({ scale: 2, x: 0, y: 0 }, 0.01).scale).toBe(1);
});

test("a picture is not moved out of its frame", () => {
  const size = { width: 300, height: 300 };
  expect(held({ scale: 2, x: 500, y: -500 }, size, frame)).toEqual({ scale: 2, x: 100, y: -150 });
  expect(held({ scale: 1, x: 50, y: 50 }, size, frame)).toEqual({ scale: 1, x: 0, y: 0 });
});
