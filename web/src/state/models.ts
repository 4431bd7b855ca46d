/** The models that can be asked for now: read once, and again when that is some minutes old. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Accounts } from "../firebase/auth";
import type { Queue } from "../firebase/queue";

const FRESH_MILLIS = 3 * 60_000;

export class Models {
  private readonly _here = signal<readonly string[]>([]);
  /** Their keys in `models.toml`. */
  readonly here: ReadonlySignal<readonly string[]> = this._here;
  private asked: Promise<boolean> | null = null;
  private askedAt = 0;

  constructor(
    private readonly queue: Pick<Queue, "modelsHere">,
    private readonly accounts: Pick<Accounts, "signIn">,
  ) {}

  /** Resolves to whether it is known. */
  ask(nowMillis = Date.now()): Promise<boolean> {
    if (this.asked && nowMillis - this.askedAt < FRESH_MILLIS) return this.asked;
    this.askedAt = nowMillis;
    this.asked = this.read().catch(() => {
      this.asked = null;
      return false;
    });
    return this.asked;
  }

  private async read(): Promise<boolean> {
    await this.accounts.signIn(); // listeners are shown to accounts alone
    this._here.value = await this.queue.modelsHere();
    return true;
  }
}
