import { expect, test } from "vitest";
import manifest from "../public/samples/manifest.json";
import said from "../src/options/modifiers.json";
import { hasWords, type Modifier, toggled, withoutWords, withWords } from "../src/options/words";

const after = (words: string): Modifier => ({ words, place: "after" });
const before = (words: string): Modifier => ({ words, place: "before" });

test.each([
  ["a boat", after("at night"), "a boat at night"],
  ["a boat", after("watercolor"), "a boat, watercolor"],
  ["a boat", before("red"), "a red boat"],
  ["a boat", before("orange"), "an orange boat"],
  ["An owl", before("red"), "A red owl"],
  ["boats", before("red"), "red boats"],
  ["the boat", before("orange"), "the orange boat"],
  ["", after("watercolor"), "watercolor"],
  ["", before("red"), "red"],
  ["a boat:2 | a text:-1", after("watercolor"), "a boat, watercolor:2 | a text:-1"],
  ["a boat | a tree", before("red"), "a red boat | a tree"],
  ["a clock at 10:30 exactly", after("fog"), "a clock at 10:30 exactly, fog"],
] as const)("“%s” with words is a prompt that goes back to what it was", (prompt, modifier, expected) => {
  expect(withWords(prompt, modifier)).toBe(expected);
  expect(hasWords(expected, modifier)).toBe(true);
  const again = withoutWords(expected, modifier);
  expect(again).toBe(prompt);
  expect(hasWords(again, modifier)).toBe(false);
});

test("a colour of the background isn't one of the thing", () => {
  expect(hasWords("a star on a red background", before("red"))).toBe(false);
  expect(withWords("a star on a red background", before("blue"))).toBe("a blue star on a red background");
  expect(withoutWords("a blue star on a blue background", before("blue"))).toBe(
    "a star on a blue background",
  );
});

test("a word within another isn't that word", () => {
  expect(hasWords("a foggy day", after("fog"))).toBe(false);
  expect(hasWords("a bored owl", before("red"))).toBe(false);
});

test("of words that exclude each other the last one stays", () => {
  const times = [after("at night"), after("at sunset")];
  expect(toggled("a boat at night", after("at sunset"), times)).toBe("a boat at sunset");
  expect(toggled("a boat at night", after("at night"), times)).toBe("a boat");
  expect(toggled("a boat, fog", after("watercolor"), [])).toBe("a boat, fog, watercolor");
});

test("what the samples show is what the page adds", () => {
  const shown = new Map(manifest.samples.map(({ file, prompt }) => [file, prompt]));
  for (const { group, place, prompt, words } of said.known) {
    for (const added of words) {
      const file = `${group}/${added.replaceAll(" ", "-")}.webp`;
      expect(shown.get(file)).toBe(withWords(prompt, { words: added, place: place as Modifier["place"] }));
    }
  }
});
