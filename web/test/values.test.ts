import { expect, test } from "vitest";
import type { NumberField, OptionField } from "../src/options/fields";
import { boundsInWords, promptMistake, readParams, typedFrom } from "../src/options/values";

const common = { help: "" };
const quality: OptionField = {
  ...common,
  kind: "choice",
  name: "quality",
  label: "Quality",
  choices: ["draft", "normal"],
  default: "normal",
};
const cells: NumberField = {
  ...common,
  kind: "number",
  name: "cells",
  label: "Cells",
  whole: true,
  min: 8,
  max: 128,
  above: false,
  below: false,
  default: 40,
};
const scale: NumberField = {
  ...cells,
  name: "scale",
  label: "Scale",
  whole: false,
  min: 0,
  max: null,
  default: null,
};
const seed: OptionField = {
  ...common,
  kind: "text",
  name: "seed",
  label: "Seed",
  numeric: true,
  maxLength: 10,
  default: null,
};
const tiled: OptionField = { ...common, kind: "switch", name: "tiled", label: "Tiled", default: false };

test("an empty form asks for nothing but the defaults", () => {
  expect(readParams([quality, cells, seed, tiled], { cells: "  " })).toEqual({ params: {}, mistakes: {} });
});

test("an option at its default is left out", () => {
  const typed = { quality: "normal", cells: "40", tiled: "false" };
  expect(readParams([quality, cells, tiled], typed).params).toEqual({});
});

test("options are sent in the type that they have", () => {
  const typed = { quality: "draft", cells: "64", scale: "7.5", seed: "42", tiled: "true" };
  expect(readParams([quality, cells, scale, seed, tiled], typed)).toEqual({
    params: { quality: "draft", cells: 64, scale: 7.5, seed: 42, tiled: true },
    mistakes: {},
  });
});

test.each([
  ["7", "Cells must be a whole number from 8 to 128."],
  ["129", "Cells must be a whole number from 8 to 128."],
  ["9.5", "Cells must be a whole number from 8 to 128."],
  ["many", "Cells must be a whole number from 8 to 128."],
])("%s cells are told as a mistake", (text, mistake) => {
  expect(readParams([cells], { cells: text })).toEqual({ params: {}, mistakes: { cells: mistake } });
});

test("a bound on one side is told as such", () => {
  expect(readParams([scale], { scale: "-1" }).mistakes).toEqual({
    scale: "Scale must be a number of at least 0.",
  });
});

const strength: NumberField = {
  ...scale,
  name: "strength",
  label: "Strength",
  max: 1,
  above: true,
  default: 0.6,
};

test("a bound that itself is out of bounds is a mistake, what is just inside is not", () => {
  expect(readParams([strength], { strength: "0" }).mistakes).toEqual({
    strength: "Strength must be a number above 0 and at most 1.",
  });
  expect(readParams([strength], { strength: "0.001" }).params).toEqual({ strength: 0.001 });
  expect(readParams([strength], { strength: "1" }).params).toEqual({ strength: 1 });
});

test("bounds are told beside the field's help, if there are any", () => {
  expect(boundsInWords(cells)).toBe("from 8 to 128");
  expect(boundsInWords({ ...scale, min: null })).toBe("");
});

const others: OptionField = {
  ...common,
  kind: "lines",
  name: "others",
  label: "Others",
  most: 2,
  default: null,
};

test("several texts are one a line, blank lines don't count", () => {
  expect(readParams([others], { others: "a tree \n\n a house\n" }).params).toEqual({
    others: ["a tree", "a house"],
  });
  expect(readParams([others], { others: "1\n2\n3" }).mistakes.others).toBe(
    "Others may have at most 2 lines; it has 3.",
  );
});

test("a choice that isn't offered is a mistake", () => {
  expect(readParams([quality], { quality: "best" }).mistakes.quality).toBe(
    "Quality must be one of draft, normal.",
  );
});

test("a seed that is a text stays one", () => {
  expect(readParams([seed], { seed: "ember" }).params).toEqual({ seed: "ember" });
});

test("a seed too long for an exact number is a mistake, not another seed", () => {
  const { params, mistakes } = readParams([seed], { seed: "9007199254740993" });
  expect(params).toEqual({});
  expect(mistakes.seed).toContain("at most 15 digits");
});

test("a text's length counts characters, not code units", () => {
  expect(readParams([seed], { seed: "🔥".repeat(10) }).mistakes).toEqual({});
  expect(readParams([seed], { seed: "🔥".repeat(11) }).mistakes.seed).toContain("it has 11");
});

test("options of another renderer are left behind", () => {
  expect(readParams([quality], { cells: "9000" })).toEqual({ params: {}, mistakes: {} });
});

test.each(["", "  \n", "a tree |", "a tree | | a house", "x".repeat(2001)])(
  "%j can't be sent as a prompt",
  (prompt) => {
    expect(promptMistake(prompt)).not.toBeNull();
  },
);

test.each(["a tree", "a tree:2 | fog:-0.5", "x".repeat(2000)])("%j can be sent as a prompt", (prompt) => {
  expect(promptMistake(prompt)).toBeNull();
});

test("a task's options go back into the form as they were typed", () => {
  const params = { quality: "draft", cells: 64, seed: "ember", tiled: true, others: ["a", "b"] };
  expect(readParams([quality, cells, seed, tiled, others], typedFrom(params)).params).toEqual(params);
});
