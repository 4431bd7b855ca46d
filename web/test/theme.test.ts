import { expect, test } from "vitest";
import { themeFrom } from "../src/state/ground";

test.each([
  ["dark", "dark"],
  ["light", "light"],
  ["sepia", "system"],
  [null, "system"],
  [undefined, "system"],
])("what was kept as %s is the theme %s", (kept, theme) => {
  expect(themeFrom(kept)).toBe(theme);
});
