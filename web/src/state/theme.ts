/** Light, dark, or as the system is; kept by the browser. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { keep, kept } from "./kept";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = "brushfire.theme";
const current = signal<Theme>(themeFrom(kept(KEPT)));
export const theme: ReadonlySignal<Theme> = current;

/** What was kept, as a theme; anything else is as the system is. */
export function themeFrom(found: string | null | undefined): Theme {
  return THEMES.find((one) => one === found) ?? "system";
}

export function chooseTheme(chosen: Theme): void {
  current.value = chosen;
  keep(KEPT, chosen);
  showTheme();
}

// What `theme-color` says for each; index.html has them for the system's own.
const GROUNDS = { light: "#f7f3ec", dark: "#15120f" } as const;

/** Tells the style sheet and the browser's own frame which theme was chosen. */
export function showTheme(): void {
  const chosen = current.value;
  document.documentElement.dataset.theme = chosen;
  for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
    const own = meta.media.includes("dark") ? "dark" : "light";
    meta.content = GROUNDS[chosen === "system" ? own : chosen];
  }
}
