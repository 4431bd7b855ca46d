/** Whether what is shown is live, and what brings it back to life. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { awake, SLEEP_AFTER_MILLIS } from "./awake";

export type Connection = "live" | "offline" | "reconnecting";

// A stream that comes back at once is nobody's concern.
const GRACE_MILLIS = 2000;
// Firestore tries by itself, but ever more seldom, up to a minute apart.
export const RETRY_MILLIS = 15_000;
const TICK_MILLIS = 5000;
// Between two ticks so far apart the machine slept, and its connections may have died unnoticed.
export const SLEPT_MILLIS = 30_000;

export class ConnectionState {
  private readonly online = signal(navigator.onLine);
  private readonly lost = signal(false);
  private grace: ReturnType<typeof setTimeout> | undefined;
  private retries: ReturnType<typeof setInterval> | undefined;

  readonly now: ReadonlySignal<Connection> = computed(() => {
    if (!this.online.value) return "offline";
    return this.lost.value ? "reconnecting" : "live";
  });

  /** `reconnect` makes a new connection. */
  constructor(private readonly reconnect: () => void) {}

  followBrowser(): void {
    addEventListener("online", () => {
      this.online.value = true;
    });
    addEventListener("offline", () => {
      this.online.value = false;
    });
    this.followSleep();
  }

  /** Told by a subscription whether its data is the server's word. */
  report(live: boolean): void {
    clearTimeout(this.grace);
    if (live) {
      this.lost.value = false;
      clearInterval(this.retries);
      this.retries = undefined;
    } else {
      this.grace = setTimeout(() => {
        this.lost.value = true;
        this.retries ??= setInterval(() => this.tryAgain(), RETRY_MILLIS);
      }, GRACE_MILLIS);
    }
  }

  private tryAgain(): void {
    if (this.online.value && awake.value) this.reconnect();
  }

  private followSleep(): void {
    let last = Date.now();
    let hiddenSince: number | null = null;
    setInterval(() => {
      const slept = Date.now() - last > SLEPT_MILLIS;
      last = Date.now();
      // Out of sight a page is called seldom, which is no sleep.
      if (slept && hiddenSince === null) this.tryAgain();
    }, TICK_MILLIS);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") hiddenSince ??= Date.now();
      else {
        const long = hiddenSince !== null && Date.now() - hiddenSince > SLEEP_AFTER_MILLIS;
        hiddenSince = null;
        last = Date.now();
        if (long) this.tryAgain();
      }
    });
  }
}
