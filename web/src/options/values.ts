/** What is typed into a form, read as what a task holds, with the mistakes told in words. */

import { words } from "../words/form";
import { words as picturesWords } from "../words/pictures";
import type { LinesField, NumberField, OptionField, TextField, UploadsField } from "./fields";

/** What each field holds, as typed; a field that is missing or empty means the option's default. */
export type Typed = Readonly<Record<string, string>>;

export type Value = string | number | boolean | string[] | Record<string, string | number>[];

/** One sentence a field that can't be sent. */
export type Mistakes = Readonly<Record<string, string>>;

export interface Reading {
  params: Record<string, Value>;
  mistakes: Mistakes;
}

export const MAX_PROMPT_CHARACTERS = 2000;

/** A task's `params` from a form; options at their default are left out. */
export function readParams(fields: readonly OptionField[], typed: Typed): Reading {
  const params: Record<string, Value> = {};
  const mistakes: Record<string, string> = {};
  for (const field of fields) {
    const text = (typed[field.name] ?? "").trim();
    if (text === "") continue;
    const read = readValue(field, text);
    if ("mistake" in read) mistakes[field.name] = read.mistake;
    else if (read.value !== field.default) params[field.name] = read.value;
  }
  return { params, mistakes };
}

type Read = { value: Value } | { mistake: string };

function readValue(field: OptionField, text: string): Read {
  switch (field.kind) {
    case "choice":
      if (field.choices.includes(text)) return { value: text };
      return { mistake: words().mistakes.oneOf(field.label, field.choices.join(", ")) };
    case "switch":
      return { value: text === "true" };
    case "number":
      return readNumber(field, text);
    case "text":
      return readText(field, text);
    case "lines":
      return readLines(field, text);
    case "upload":
      return { value: text };
    case "uploads":
      return readUploads(field, text);
  }
}

function readNumber(field: NumberField, text: string): Read {
  const value = Number(text);
  const accepted =
    Number.isFinite(value) &&
    (!field.whole || Number.isSafeInteger(value)) &&
    (field.above ? value > (field.min ?? -Infinity) : value >= (field.min ?? -Infinity)) &&
    (field.below ? value < (field.max ?? Infinity) : value <= (field.max ?? Infinity));
  if (accepted) return { value };
  const { wholeNumber, number } = words().mistakes;
  return { mistake: (field.whole ? wholeNumber : number)(field.label, boundsInWords(field)) };
}

/** "from 8 to 128", "above 0 and at most 1"; empty if there are none. */
export function boundsInWords({ min, max, above, below }: NumberField): string {
  const say = words().bounds;
  if (min !== null && max !== null && !above && !below) return say.fromTo(min, max);
  const lower = min === null ? "" : above ? say.above(min) : say.atLeast(min);
  const upper = max === null ? "" : below ? say.below(max) : say.atMost(max);
  return lower && upper ? say.both(lower, upper) : lower + upper;
}

function readLines(field: LinesField, text: string): Read {
  const lines = text.split("\n").map((line) => line.trim());
  const value = lines.filter((line) => line !== "");
  if (field.most === null || value.length <= field.most) return { value };
  return { mistake: words().mistakes.lines(field.label, field.most, value.length) };
}

/** A picture's path, which holds no space, and how its weight is typed. */
export interface Weighed {
  path: string;
  weight: string;
}

/** How several pictures are held in a form: one a line, its weight after it. */
export function weighedFrom(text: string): Weighed[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [path = "", ...weight] = line.trim().split(" ");
    return { path, weight: weight.join(" ").trim() };
  });
}

export function weighedText(pictures: readonly Weighed[]): string {
  return pictures.map(({ path, weight }) => `${path} ${weight}`.trim()).join("\n");
}

function readUploads(field: UploadsField, text: string): Read {
  const { label, most, picture, weight } = field;
  const entries: Record<string, string | number>[] = [];
  const pictures = weighedFrom(text);
  if (most !== null && pictures.length > most) {
    return { mistake: picturesWords().mistakes.manyPictures(label, most, pictures.length) };
  }
  for (const [place, { path, weight: typed }] of pictures.entries()) {
    if (typed === "") {
      entries.push({ [picture]: path });
      continue;
    }
    const read = readNumber(weight, typed);
    if ("mistake" in read)
      return { mistake: picturesWords().mistakes.ofPicture(label, place + 1, read.mistake) };
    entries.push({ [picture]: path, [weight.name]: Number(typed) });
  }
  return { value: entries };
}

function readText(field: TextField, text: string): Read {
  if (field.numeric && /^[+-]?\d+$/.test(text)) {
    const value = Number(text);
    // A browser's numbers are exact only so far; a longer one would silently become another seed.
    if (Number.isSafeInteger(value)) return { value };
    return { mistake: words().mistakes.digits(field.label) };
  }
  const length = [...text].length;
  if (field.maxLength !== null && length > field.maxLength) {
    return { mistake: words().mistakes.characters(field.label, field.maxLength, length) };
  }
  return { value: text };
}

/** Why a prompt can't be sent, or null. The rest of its grammar is the listener's to check. */
export function promptMistake(prompt: string): string | null {
  if (prompt.trim() === "") return words().mistakes.noPrompt;
  const length = [...prompt].length;
  if (length > MAX_PROMPT_CHARACTERS) {
    return words().mistakes.longPrompt(MAX_PROMPT_CHARACTERS, length);
  }
  if (prompt.split("|").some((part) => part.trim() === "")) return words().mistakes.emptyPart;
  return null;
}

/** A task's `params` as a form would hold them, for asking again. */
export function typedFrom(params: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => {
      const text = asText(value);
      return text === null ? [] : [[name, text]];
    }),
  );
}

function asText(value: unknown): string | null {
  if (Array.isArray(value)) return linesOf(value);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : null;
}

function linesOf(list: readonly unknown[]): string | null {
  const lines = list.map((one) => (typeof one === "string" ? one : lineOf(one)));
  return lines.every((line) => line !== null) ? lines.join("\n") : null;
}

/** An entry of a picture and its weight, as `weighedFrom` reads it. */
function lineOf(entry: unknown): string | null {
  const parts = typeof entry === "object" && entry !== null ? Object.values(entry) : [];
  const path = parts.find((part) => typeof part === "string");
  const weight = parts.find((part) => typeof part === "number");
  return path === undefined
    ? null
    : weighedText([{ path, weight: weight === undefined ? "" : String(weight) }]);
}
