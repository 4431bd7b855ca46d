/**
 * The options of the known renderers in other languages. English is what their schemas say, so there is none here; what
 * isn't known here, such as a third party's renderer, is told in its schema's own words.
 */

import { effect, signal } from "@preact/signals";
import { language } from "./language";

export interface Options {
  /** What renderers, options and choices are called. */
  names: Readonly<Record<string, string>>;
  /** One line on each option. */
  help: Readonly<Record<string, string>>;
  /** One line on each renderer. */
  summaries: Readonly<Record<string, string>>;
}

/** A name in the visitor's language; undefined where its own is as good. */
export function nameOf(name: string): string | undefined {
  return spoken()?.names[name];
}

export function helpOf(option: string, own = ""): string {
  return spoken()?.help[option] ?? own;
}

export function summaryOf(renderer: string, own = ""): string {
  return spoken()?.summaries[renderer] ?? own;
}

const german = signal<Options | undefined>(undefined);

function spoken(): Options | undefined {
  return language.value === "de" ? german.value : undefined;
}

/** Loads the visitor's language; until it is there, and where it can't be loaded, English is told. */
export async function loadOptions(): Promise<void> {
  if (language.value !== "de" || german.peek()) return;
  const loaded = await import("./german_options").catch(() => null);
  german.value = loaded?.GERMAN;
}

effect(() => void loadOptions());
