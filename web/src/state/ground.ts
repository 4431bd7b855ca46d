/** How the page's theme is shown. Needs nothing else of the page, so that it is right from the first paint. */

import { kept } from "./kept";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Under this name the browser keeps what a visitor chose. */
export const KEPT = "brushfire.theme";

// What `theme-color` says for each; index.html has them for the system's own.
const GROUNDS = { light: "#f7f3ec", dark: "#15120f" } as const;

export function keptTheme(): Theme {
  return themeFrom(kept(KEPT));
}

/** What was kept, as a theme; anything else is as the system is. */
export function themeFrom(found: string | null | undefined): Theme {
  return THEMES.find((one) => one === found) ?? "system";
}

/** Tells the style sheet and the browser's own frame which theme was chosen. */
export function showTheme(chosen: Theme): void {
  document.documentElement.dataset.theme = chosen;
  for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
    const own = meta.media.includes("dark") ? "dark" : "light";
    meta.content = GROUNDS[chosen === "system" ? own : chosen];
  }
}
