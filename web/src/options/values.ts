/** What is typed into a form, read as what a task holds, with the mistakes told in words. */

import type { LinesField, NumberField, OptionField, TextField } from "./fields";

/** What each field holds, as typed; a field that is missing or empty means the option's default. */
export type Typed = Readonly<Record<string, string>>;

export type Value = string | number | boolean | string[];

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
      return { mistake: `${field.label} must be one of ${field.choices.join(", ")}.` };
    case "switch":
      return { value: text === "true" };
    case "number":
      return readNumber(field, text);
    case "text":
      return readText(field, text);
    case "lines":
      return readLines(field, text);
  }
}

function readNumber(field: NumberField, text: string): Read {
  const value = Number(text);
  const accepted =
    Number.isFinite(value) &&
    (!field.whole || Number.isSafeInteger(value)) &&
    (field.above ? value > (field.min ?? -Infinity) : value >= (field.min ?? -Infinity)) &&
    (field.below ? value < (field.max ?? Infinity) : value <= (field.max ?? Infinity));
  return accepted ? { value } : { mistake: `${field.label} must be ${rangeInWords(field)}.` };
}

function rangeInWords(field: NumberField): string {
  const noun = field.whole ? "a whole number" : "a number";
  const bounds = boundsInWords(field);
  return bounds === "" ? noun : `${noun} ${bounds}`;
}

/** "from 8 to 128", "above 0 and at most 1"; empty if there are none. */
export function boundsInWords({ min, max, above, below }: NumberField): string {
  if (min !== null && max !== null && !above && !below) return `from ${min} to ${max}`;
  const lower = min === null ? [] : [above ? `above ${min}` : `of at least ${min}`];
  const upper = max === null ? [] : [below ? `below ${max}` : `of at most ${max}`];
  return [...lower, ...upper].join(" and ").replace("and of", "and");
}

function readLines(field: LinesField, text: string): Read {
  const lines = text.split("\n").map((line) => line.trim());
  const value = lines.filter((line) => line !== "");
  if (field.most === null || value.length <= field.most) return { value };
  return { mistake: `${field.label} may have at most ${field.most} lines; it has ${value.length}.` };
}

function readText(field: TextField, text: string): Read {
  if (field.numeric && /^[+-]?\d+$/.test(text)) {
    const value = Number(text);
    // A browser's numbers are exact only so far; a longer one would silently become another seed.
    if (Number.isSafeInteger(value)) return { value };
    return { mistake: `${field.label} as a number may have at most 15 digits; a text may be longer.` };
  }
  const length = [...text].length;
  if (field.maxLength !== null && length > field.maxLength) {
    return { mistake: `${field.label} may have at most ${field.maxLength} characters; it has ${length}.` };
  }
  return { value: text };
}

/** Why a prompt can't be sent, or null. The rest of its grammar is the listener's to check. */
export function promptMistake(prompt: string): string | null {
  if (prompt.trim() === "") return "Say what to paint.";
  const length = [...prompt].length;
  if (length > MAX_PROMPT_CHARACTERS) {
    return `The prompt may have at most ${MAX_PROMPT_CHARACTERS} characters; it has ${length}.`;
  }
  if (prompt.split("|").some((part) => part.trim() === ""))
    return "Write something on both sides of each “|”.";
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
  if (Array.isArray(value)) return value.every((one) => typeof one === "string") ? value.join("\n") : null;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : null;
}
