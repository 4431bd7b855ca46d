/**
 * My tasks: the latest are watched, older ones are asked for by the page. A task that newer ones push out of what is
 * watched stays; one that isn't over by then is watched by itself.
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { MY_TASKS_LIMIT, type Queue, type Task } from "../firebase/queue";
import { isFinished } from "../words";
import { whileAwake } from "./awake";

export type More = "none" | "some" | "loading";

/** Which of the tasks that were watched aren't any more only because newer ones came: the rest are deleted. */
export function pushedOut(before: readonly Task[], now: readonly Task[], limit: number): Task[] {
  const oldest = now.at(-1)?.created_at;
  if (now.length < limit || !oldest) return [];
  const still = new Set(now.map(({ id }) => id));
  return before.filter(({ id, created_at }) => !still.has(id) && created_at && created_at < oldest);
}

export class History {
  private readonly latest = signal<Task[] | null>(null);
  private readonly older = signal<readonly Task[]>([]);
  private readonly state = signal<More>("none");
  /** Whether the very first task is known. */
  private ended = false;
  private readonly watching = new Map<string, () => void>();

  /** Newest first; null until they are known. */
  readonly tasks: ReadonlySignal<Task[] | null> = computed(() => {
    const latest = this.latest.value;
    if (!latest) return null;
    return [...latest, ...this.older.value];
  });

  /** Whether there are older ones than those that are known. */
  readonly more: ReadonlySignal<More> = this.state;

  constructor(private readonly queue: Pick<Queue, "tasksBefore" | "watchTask">) {}

  /** Another visitor: nothing is known. */
  clear(): void {
    this.latest.value = null;
    this.older.value = [];
    this.state.value = "none";
    this.ended = false;
    this.watchUnfinished();
  }

  /** What is watched now. */
  show(tasks: Task[]): void {
    const kept = pushedOut(this.latest.value ?? [], tasks, MY_TASKS_LIMIT);
    const watched = new Set(tasks.map(({ id }) => id));
    this.older.value = [...kept, ...this.older.value.filter(({ id }) => !watched.has(id))];
    this.latest.value = tasks;
    if (!this.ended && this.state.value === "none" && tasks.length >= MY_TASKS_LIMIT)
      this.state.value = "some";
    this.watchUnfinished();
  }

  /** Asks for the next older ones. Rejects with a `FirebaseError`; then it may be asked again. */
  async loadMore(uid: string): Promise<void> {
    const oldest = this.tasks.value?.at(-1);
    if (!oldest || this.state.value !== "some") return;
    this.state.value = "loading";
    try {
      const found = await this.queue.tasksBefore(uid, oldest);
      if (this.state.peek() !== "loading") return;
      this.older.value = [...this.older.value, ...found];
      this.ended = found.length < MY_TASKS_LIMIT;
      this.state.value = this.ended ? "none" : "some";
      this.watchUnfinished();
    } catch (error) {
      this.state.value = "some";
      throw error;
    }
  }

  /** It is deleted. What is watched finds out by itself. */
  forget(id: string): void {
    this.older.value = this.older.value.filter((task) => task.id !== id);
    this.latest.value = this.latest.value?.filter((task) => task.id !== id) ?? null;
    this.watchUnfinished();
  }

  private watchUnfinished(): void {
    const wanted = new Set(this.older.value.filter(({ status }) => !isFinished(status)).map(({ id }) => id));
    for (const [id, stop] of this.watching) {
      if (wanted.has(id)) continue;
      this.watching.delete(id);
      stop();
    }
    for (const id of wanted) if (!this.watching.has(id)) this.watching.set(id, this.watch(id));
  }

  private watch(id: string): () => void {
    const changed = (task: Task | null) => {
      this.older.value = this.older.value.flatMap((old) => (old.id !== id ? [old] : task ? [task] : []));
      this.watchUnfinished();
    };
    // What can't be watched stays as it was seen last.
    return whileAwake(() => this.queue.watchTask(id, changed, () => {}));
  }
}
