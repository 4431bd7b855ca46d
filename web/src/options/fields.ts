/** A renderer's options as form fields, read from their JSON Schema; nothing here knows any renderer. */

import { helpOf, nameOf } from "../words/options";

interface Common {
  name: string;
  label: string;
  help: string;
}

export interface ChoiceField extends Common {
  kind: "choice";
  choices: string[];
  default: string | null;
}

export interface NumberField extends Common {
  kind: "number";
  whole: boolean;
  min: number | null;
  max: number | null;
  /** Whether `min` or `max` itself is out of bounds. */
  above: boolean;
  below: boolean;
  default: number | null;
}

export interface TextField extends Common {
  kind: "text";
  maxLength: number | null;
  /** Whether a text that is a whole number is sent as a number, as a seed is. */
  numeric: boolean;
  default: string | null;
}

/** Several texts, one a line. */
export interface LinesField extends Common {
  kind: "lines";
  most: number | null;
  /** By default there is none. */
  default: null;
}

export interface SwitchField extends Common {
  kind: "switch";
  default: boolean;
}

/** A picture of the visitor's; its value is the path that it was uploaded to. */
export interface UploadField extends Common {
  kind: "upload";
  default: null;
}

/** Several of them, each with a number that weighs it. */
export interface UploadsField extends Common {
  kind: "uploads";
  most: number | null;
  /** What an entry calls the picture, and its weight. */
  picture: string;
  weight: NumberField;
  default: null;
}

export type OptionField =
  ChoiceField | NumberField | TextField | LinesField | SwitchField | UploadField | UploadsField;

/** The part of JSON Schema that pydantic writes for options. */
interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  maxLength?: number;
  maxItems?: number;
  items?: Schema;
  format?: string;
  properties?: Record<string, Schema>;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

/** One field an option, in the schema's order. Options that no field can hold, such as maps, are left out. */
export function fieldsOf(options: Record<string, unknown>): OptionField[] {
  const root = options as Schema;
  return Object.entries(root.properties ?? {}).flatMap(([name, schema]) => {
    const field = fieldOf(name, schema, root.$defs ?? {});
    return field ? [field] : [];
  });
}

function fieldOf(name: string, schema: Schema, models: Record<string, Schema>): OptionField | null {
  const types = (schema.anyOf ?? [schema])
    .map((type) => resolved(type, models))
    .filter((type) => type.type !== "null");
  const common = { name, label: labelOf(name), help: helpOf(name, schema.description) };
  if (types.some(isUpload)) return { ...common, kind: "upload", default: null };
  const choices = types.flatMap((type) => type.enum ?? (type.const === undefined ? [] : [type.const]));
  if (choices.length > 0) {
    return { ...common, kind: "choice", choices: choices.map(String), default: textOrNull(schema.default) };
  }
  const text = types.find((type) => type.type === "string");
  const number = types.find((type) => type.type === "integer" || type.type === "number");
  if (text) {
    return {
      ...common,
      kind: "text",
      maxLength: text.maxLength ?? null,
      numeric: number !== undefined,
      default: textOrNull(schema.default),
    };
  }
  if (number) return { ...common, ...numberOf(number), default: numberOrNull(schema.default) };
  const list = types.find((type) => type.type === "array");
  if (list?.items?.type === "string" && list.items.format === undefined) {
    return { ...common, kind: "lines", most: list.maxItems ?? null, default: null };
  }
  const entries = list?.items && entriesOf(resolved(list.items, models));
  if (entries) return { ...common, kind: "uploads", most: list.maxItems ?? null, ...entries, default: null };
  if (types.some((type) => type.type === "boolean")) {
    return { ...common, kind: "switch", default: schema.default === true };
  }
  return null;
}

function isUpload({ format }: Schema): boolean {
  return format === "upload";
}

/** What an entry calls its picture and its weight; null unless that is all it has. */
function entriesOf({ properties = {} }: Schema): Pick<UploadsField, "picture" | "weight"> | null {
  const all = Object.entries(properties);
  const picture = all.find(([, schema]) => isUpload(schema));
  const number = all.find(([, { type }]) => type === "number" || type === "integer");
  if (!picture || !number || all.length > 2) return null;
  const [name, schema] = number;
  const common = { name, label: labelOf(name), help: schema.description ?? "" };
  const weight: NumberField = { ...common, ...numberOf(schema), default: numberOrNull(schema.default) };
  return { picture: picture[0], weight };
}

function resolved(schema: Schema, models: Record<string, Schema>): Schema {
  const model = schema.$ref?.split("/").at(-1);
  return (model !== undefined && models[model]) || schema;
}

function numberOf(schema: Schema): Omit<NumberField, keyof Common | "default"> {
  const whole = schema.type === "integer";
  const { exclusiveMinimum, exclusiveMaximum } = schema;
  // The nearest whole number that is accepted; for others the bound itself, which isn't.
  const step = whole ? 1 : 0;
  const min = schema.minimum ?? (exclusiveMinimum === undefined ? null : exclusiveMinimum + step);
  const max = schema.maximum ?? (exclusiveMaximum === undefined ? null : exclusiveMaximum - step);
  const above = !whole && schema.minimum === undefined && exclusiveMinimum !== undefined;
  const below = !whole && schema.maximum === undefined && exclusiveMaximum !== undefined;
  return { kind: "number", whole, min, max, above, below };
}

/** How words are written that are no plain English. */
const NAMES: Readonly<Record<string, string>> = { clip: "CLIP", loras: "LoRAs", vqgan: "VQGAN" };

/** `max_steps` as "Max steps", `late_clip` as "Late CLIP"; what is known in the visitor's language, in that. */
export function labelOf(name: string): string {
  const translated = nameOf(name);
  if (translated !== undefined) return translated;
  const words = name
    .split("_")
    .map((word) => NAMES[word] ?? word)
    .join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** A choice as it is shown: a word like a label, a name such as `dpmpp-2m` as it is. */
export function choiceLabel({ choices }: ChoiceField, choice: string): string {
  return choices.some((other) => /[-\d]/.test(other)) ? choice : labelOf(choice);
}
