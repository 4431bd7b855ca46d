/** Which renderer comes first, and which of its options. */

import { KNOWN_RENDERERS } from "../contract";
import type { OptionField } from "./fields";
import type { Typed } from "./values";

/** The order in which they are offered; those it doesn't name come after, by name. */
const ORDER = ["diffusion", "pixeldraw", "vqgan_clip", "clipdraw"];

/** The renderers of a catalog, the one to begin with first. */
export function offered(catalog: Readonly<Record<string, unknown>>): string[] {
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.keys(catalog).sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
}

/** A renderer's fields as this version orders them: Firestore keeps no order. Those it doesn't know come last. */
export function inOrder(renderer: string, fields: readonly OptionField[]): OptionField[] {
  const known = Object.keys((KNOWN_RENDERERS[renderer]?.options.properties as object | undefined) ?? {});
  const place = ({ name }: OptionField) => (known.includes(name) ? known.indexOf(name) : known.length);
  return [...fields].sort((one, other) => place(one) - place(other) || (one.name < other.name ? -1 : 1));
}

/** Options that mean something only beside another that is given. */
const NEEDS: Readonly<Record<string, string>> = {
  init_weight: "init_image",
  strength: "init_image",
  mask: "init_image",
};

/** The options that mean nothing without this one. */
export function needing(name: string): string[] {
  return Object.keys(NEEDS).filter((option) => NEEDS[option] === name);
}

/** The fields that mean something as the form stands; the others are neither shown nor sent. */
export function meaningful(fields: readonly OptionField[], typed: Typed): OptionField[] {
  const there = new Set(fields.map(({ name }) => name));
  return fields.filter(({ name }) => {
    const need = NEEDS[name];
    return need === undefined || !there.has(need) || (typed[need] ?? "") !== "";
  });
}
