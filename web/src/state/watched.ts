/** Data that is asked for only while something reads it, and once however many read it. */

import { type ReadonlySignal, signal } from "@preact/signals";

/** A signal of what `watch` calls back with; null before the first call, and from when nobody reads it. */
export function watchedSignal<Value>(
  watch: (onValue: (value: Value | null) => void) => () => void,
): ReadonlySignal<Value | null> {
  let stop = () => {};
  const value = signal<Value | null>(null, {
    watched() {
      stop = watch((next) => {
        value.value = next;
      });
    },
    unwatched() {
      stop();
      value.value = null;
    },
  });
  return value;
}
