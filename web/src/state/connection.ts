/** Whether what is shown is live. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";

export type Connection = "live" | "offline" | "reconnecting";

// A stream that comes back at once is nobody's concern.
const GRACE_MILLIS = 2000;

export class ConnectionState {
  private readonly online = signal(navigator.onLine);
  private readonly lost = signal(false);
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly now: ReadonlySignal<Connection> = computed(() => {
    if (!this.online.value) return "offline";
    return this.lost.value ? "reconnecting" : "live";
  });

  followBrowser(): void {
    addEventListener("online", () => {
      this.online.value = true;
    });
    addEventListener("offline", () => {
      this.online.value = false;
    });
  }

  /** Told by a subscription whether its data is the server's word. */
  report(live: boolean): void {
    clearTimeout(this.timer);
    if (live) this.lost.value = false;
    else {
      this.timer = setTimeout(() => {
        this.lost.value = true;
      }, GRACE_MILLIS);
    }
  }
}
