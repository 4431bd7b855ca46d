import { expect, test } from "vitest";
import { KNOWN_RENDERERS } from "../src/contract";
import { choiceLabel, type ChoiceField, fieldsOf, labelOf } from "../src/options/fields";

const fieldOf = (schema: object, $defs: object = {}) =>
  fieldsOf({ properties: { option: schema }, $defs })[0];

test("an enum is a choice", () => {
  expect(
    fieldOf({ enum: ["draft", "best"], default: "best", type: "string", description: "How much" }),
  ).toEqual({
    kind: "choice",
    name: "option",
    label: "Option",
    help: "How much",
    choices: ["draft", "best"],
    default: "best",
  });
});

test("a choice may be given by reference, and may be left out", () => {
  const schema = { anyOf: [{ $ref: "#/$defs/Colour" }, { type: "null" }], default: null };
  const field = fieldOf(schema, { Colour: { enum: ["red", "blue"], type: "string" } });
  expect(field).toMatchObject({ kind: "choice", choices: ["red", "blue"], default: null });
});

test("an integer is a whole number with its bounds", () => {
  const field = fieldOf({ type: "integer", minimum: 8, exclusiveMaximum: 129, default: 40 });
  expect(field).toMatchObject({ kind: "number", whole: true, min: 8, max: 128, default: 40 });
});

test("a number that may be left out has no default", () => {
  const field = fieldOf({ anyOf: [{ type: "number", minimum: 0.5 }, { type: "null" }], default: null });
  expect(field).toMatchObject({ kind: "number", whole: false, min: 0.5, max: null, default: null });
});

test("what may be a number or a text is a text that may be a number", () => {
  const schema = { anyOf: [{ type: "integer" }, { type: "string", maxLength: 100 }, { type: "null" }] };
  expect(fieldOf(schema)).toMatchObject({ kind: "text", numeric: true, maxLength: 100, default: null });
});

test("a truth is a switch", () => {
  expect(fieldOf({ type: "boolean", default: true })).toMatchObject({ kind: "switch", default: true });
});

test("a number's bound may itself be out of bounds", () => {
  const field = fieldOf({ type: "number", exclusiveMinimum: 0, maximum: 1, default: 0.6 });
  expect(field).toMatchObject({ min: 0, max: 1, above: true, below: false });
});

test("a list of texts is a field of lines", () => {
  const field = fieldOf({ type: "array", items: { type: "string" }, maxItems: 16 });
  expect(field).toMatchObject({ kind: "lines", most: 16, default: null });
});

test("a list of anything else has no field", () => {
  expect(fieldOf({ type: "array", items: { $ref: "#/$defs/Point" } })).toBeUndefined();
});

test("an uploaded file is a picture", () => {
  const upload = { anyOf: [{ type: "string", format: "upload" }, { type: "null" }], default: null };
  expect(fieldOf(upload)).toMatchObject({ kind: "upload", name: "option" });
});

test("a list of uploaded files with weights is a field of pictures", () => {
  const properties = {
    image: { type: "string", format: "upload" },
    weight: { type: "number", minimum: -100, maximum: 100, default: 1 },
  };
  const field = fieldOf(
    { type: "array", items: { $ref: "#/$defs/ImagePrompt" }, maxItems: 4 },
    { ImagePrompt: { properties } },
  );
  expect(field).toMatchObject({
    kind: "uploads",
    most: 4,
    picture: "image",
    weight: { kind: "number", name: "weight", min: -100, max: 100, default: 1 },
  });
});

test.each(Object.entries(KNOWN_RENDERERS))("every option of %s has a field with help", (_, { options }) => {
  const names = Object.keys(options.properties as object);
  const fields = fieldsOf(options);
  expect(fields.map((field) => field.name)).toEqual(names);
  expect(fields.every((field) => field.help !== "")).toBe(true);
});

test("a label is the option's name in words", () => {
  expect(labelOf("guidance_scale")).toBe("Guidance scale");
});

test("a name that is an acronym is written as one", () => {
  expect(labelOf("vqgan_clip")).toBe("VQGAN CLIP");
  expect(labelOf("late_clip")).toBe("Late CLIP");
});

test("choices that are names of things stay as they are", () => {
  const samplers = { choices: ["ddim", "dpmpp-2m"] } as ChoiceField;
  expect(choiceLabel(samplers, "ddim")).toBe("ddim");
  expect(choiceLabel({ ...samplers, choices: ["square", "knit"] }, "knit")).toBe("Knit");
});
