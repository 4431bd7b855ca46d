/** Light, dark, or as the system is; kept by the browser. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { keptTheme, KEPT, showTheme, type Theme } from "./ground";
import { keep } from "./kept";

const current = signal<Theme>(keptTheme());
export const theme: ReadonlySignal<Theme> = current;

export function chooseTheme(chosen: Theme): void {
  current.value = chosen;
  keep(KEPT, chosen);
  showTheme(chosen);
}
