/**
 * Whether anybody looks at this page. Every open subscription costs reads, so a page that has been out of sight for a
 * while asks for nothing until it is looked at again; it then asks for all of it anew.
 */

import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";

/** A glance at another tab costs no new reads; an evening among others does not cost a night of them. */
export const SLEEP_AFTER_MILLIS = 120_000;

const current = signal(true);
export const awake: ReadonlySignal<boolean> = current;

type Sight = Pick<Document, "addEventListener" | "removeEventListener" | "visibilityState">;

/** Follows whether the page is in sight; returns how to stop. */
export function followSight(page: Sight): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const follow = () => {
    clearTimeout(timer);
    if (page.visibilityState === "visible") current.value = true;
    else
      timer = setTimeout(() => {
        current.value = false;
      }, SLEEP_AFTER_MILLIS);
  };
  follow();
  page.addEventListener("visibilitychange", follow);
  return () => {
    clearTimeout(timer);
    page.removeEventListener("visibilitychange", follow);
    current.value = true;
  };
}

/** Keeps a subscription for as long as somebody looks, and takes it up again whenever somebody does. */
export function whileAwake(subscribe: () => () => void): () => void {
  return effect(() => (current.value ? untracked(subscribe) : undefined));
}
