/** Asking once more: for what failed, and for others like what came out well. The form stays as it is. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Firebase } from "../firebase/app";
import type { Task, TaskRequest } from "../firebase/queue";

// As many as a die on the form knows.
const SEEDS = 1_000_000;

/** What a task asked for, as a new task asks for it. */
export function requestOf({ prompt, renderer, params }: Task, isPublic: boolean): TaskRequest {
  return { prompt, renderer, params, public: isPublic };
}

/** So many seeds that differ from each other and from the task's own. */
export function newSeeds(count: number, { params, result }: Task, random = Math.random): number[] {
  const used = new Set<unknown>([params.seed, result?.seed]);
  const seeds: number[] = [];
  while (seeds.length < count) {
    const seed = Math.floor(random() * SEEDS);
    if (used.has(seed)) continue;
    used.add(seed);
    seeds.push(seed);
  }
  return seeds;
}

/** Whether everything that a task began from can be begun from by this visitor too: uploads are their owner's alone. */
export function canRepeat({ params }: Task, uid: string | null): boolean {
  return uploadsIn(params).every((path) => uid !== null && path.startsWith(`uploads/${uid}/`));
}

/** The paths of uploaded pictures anywhere in a task's options. */
export function uploadsIn(value: unknown): string[] {
  if (typeof value === "string") return value.startsWith("uploads/") ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(uploadsIn) : [];
}

export class Repeats {
  private readonly _sending = signal(false);
  readonly sending: ReadonlySignal<boolean> = this._sending;

  /** `tell` is given what goes wrong. */
  constructor(
    private readonly firebase: Pick<Firebase, "accounts" | "queue">,
    private readonly tell: (error: unknown) => void,
  ) {}

  /** The same once more. Resolves to the new task's id, or null if it couldn't be sent. */
  async again(task: Task): Promise<string | null> {
    return (await this.send([requestOf(task, task.public)]))[0] ?? null;
  }

  /** Others like it, each of a new seed, one behind the other in line. Resolves to how many could be sent. */
  async variations(task: Task, count: number): Promise<number> {
    const { params, ...request } = requestOf(task, false);
    const seeds = newSeeds(count, task);
    return (await this.send(seeds.map((seed) => ({ ...request, params: { ...params, seed } })))).length;
  }

  private async send(requests: readonly TaskRequest[]): Promise<string[]> {
    if (this._sending.value) return [];
    this._sending.value = true;
    const sent: string[] = [];
    try {
      const uid = await this.firebase.accounts.signIn();
      for (const request of requests) sent.push(await this.firebase.queue.submit(uid, request));
    } catch (error) {
      this.tell(error);
    } finally {
      this._sending.value = false;
    }
    return sent;
  }
}
