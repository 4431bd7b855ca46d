/** The recipe that a picture made here carries in its PNG, and what of it this site can make again. */

import { fieldsOf } from "../options/fields";
import { MAX_PROMPT_CHARACTERS } from "../options/values";
import { pngText } from "./png";

/** As `listener/png.py` writes it. */
export const KEYWORD = "brushfire";

export interface Recipe {
  prompt: string;
  renderer: string;
  params: Readonly<Record<string, unknown>>;
  /** A number with all its digits, which may be more than a browser's numbers have. */
  seed: string | null;
  model: string | null;
}

/** A recipe as far as this site can follow it. */
export interface Followed {
  prompt: string;
  /** Null if this site has no renderer of that name. */
  renderer: string | null;
  params: Record<string, unknown>;
  /** Options that this site's renderer doesn't have. */
  unknown: string[];
  /** Options that name pictures which another visitor uploaded. */
  foreign: string[];
}

/** The recipe in a PNG's bytes; null if there is none that can be read. */
export async function recipeIn(bytes: Uint8Array): Promise<Recipe | null> {
  const text = await pngText(bytes, KEYWORD);
  return text === null ? null : readRecipe(text);
}

/** A recipe from its JSON; null if it isn't one. Nothing in it is believed but its shape. */
export function readRecipe(text: string): Recipe | null {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(read)) return null;
  const { prompt, renderer, params = {}, model } = read;
  if (typeof prompt !== "string" || typeof renderer !== "string" || !isRecord(params)) return null;
  if (prompt.trim() === "" || prompt.length > 2 * MAX_PROMPT_CHARACTERS || renderer.length > 64) return null;
  return {
    prompt,
    renderer,
    params,
    seed: seedOf(read.seed, text),
    model: typeof model === "string" ? model : null,
  };
}

/** What can be asked for again: by `uid`, of the renderers in `catalog`. */
export function follow(
  recipe: Recipe,
  catalog: Readonly<Record<string, { options: Record<string, unknown> }>>,
  uid: string | null,
): Followed {
  const { prompt, renderer } = recipe;
  const entry = Object.hasOwn(catalog, renderer) ? catalog[renderer] : undefined;
  if (!entry) return { prompt, renderer: null, params: {}, unknown: [], foreign: [] };
  const fields = fieldsOf(entry.options).map(({ name }) => name);
  // The number that the renderer was given makes the same picture, whatever the task had said.
  const asked = recipe.seed === null ? recipe.params : { ...recipe.params, seed: recipe.seed };
  const known = Object.entries(asked).filter(([name]) => fields.includes(name));
  const unknown = Object.keys(asked).filter((name) => !fields.includes(name));
  const foreign = known.filter(([, value]) => !isOwn(value, uid)).map(([name]) => name);
  const params = Object.fromEntries(known.filter(([name]) => !foreign.includes(name)));
  return { prompt, renderer, params, unknown, foreign };
}

/** Whether the uploads that an option's value names, if any, are this visitor's. */
export function isOwn(value: unknown, uid: string | null): boolean {
  if (typeof value === "string") {
    return !value.startsWith("uploads/") || (uid !== null && value.startsWith(`uploads/${uid}/`));
  }
  if (Array.isArray(value)) return value.every((one) => isOwn(one, uid));
  return !isRecord(value) || Object.values(value).every((one) => isOwn(one, uid));
}

function seedOf(seed: unknown, text: string): string | null {
  if (typeof seed !== "number") return null;
  if (Number.isSafeInteger(seed)) return String(seed);
  // A browser's number has lost its last digits; the text has them. The recipe's own seed stands after its options.
  return [...text.matchAll(/"seed"\s*:\s*(-?\d{1,19})\b/g)].at(-1)?.[1] ?? null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
