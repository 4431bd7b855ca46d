/** The page's languages, and the one it speaks now. Each area of the page has a catalogue beside this file. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { keep, kept } from "../state/kept";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT = "brushfire.language";
const current = signal<Language>(preferred());
export const language: ReadonlySignal<Language> = current;

export function speak(chosen: Language): void {
  current.value = chosen;
  keep(KEPT, chosen);
  showLanguage();
}

/** Tells the browser and its screen reader in which language the page speaks. */
export function showLanguage(): void {
  if (typeof document !== "undefined") document.documentElement.lang = current.value;
}

/** The same texts in another language: a string for a string, a function of the same arguments for a function. */
type Translated<Words> = {
  readonly [Key in keyof Words]: Words[Key] extends (...given: infer Given) => string
    ? (...given: Given) => string
    : Words[Key] extends string
      ? string
      : Translated<Words[Key]>;
};

/**
 * A catalogue: its texts in each language, side by side. Returns a function that gives those of the language spoken
 * now; a component that calls it is drawn again when the language changes.
 */
export function inEachLanguage<Words>(texts: { en: Words; de: Translated<Words> }): () => Translated<Words> {
  return () => texts[current.value] as Translated<Words>;
}

function preferred(): Language {
  const browsers = typeof document === "undefined" ? [] : navigator.languages;
  const wanted = [kept(KEPT), ...browsers];
  for (const tag of wanted) {
    const known = tag?.slice(0, 2).toLowerCase();
    if (known && known in LANGUAGES) return known as Language;
  }
  return "en";
}
