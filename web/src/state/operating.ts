/** What an operator is told, worked out from what is counted. */

import type { Status, WorkerState } from "../contract";

export const STATUSES = [
  "queued",
  "scheduled",
  "running",
  "done",
  "failed",
  "cancelled",
  "rejected",
] as const satisfies readonly Status[];

export type Counts = Record<Status, number>;

// A worker that is well says something at least every four minutes; as `brushfire status` has it.
const SILENT_SECONDS = 600;

/** A worker's state, or that nothing was heard of it for too long. */
export function stateOf(
  { state, last_seen }: { state: WorkerState; last_seen?: { toMillis(): number } | null },
  nowMillis: number,
): WorkerState | "silent" {
  if (state === "stopped") return state;
  const seen = last_seen?.toMillis() ?? 0;
  return nowMillis - seen > SILENT_SECONDS * 1000 ? "silent" : state;
}

/** What Firestore bills, at most, for so many tasks and so long a drawing. */
export interface Cost {
  reads: number;
  writes: number;
  /** Of what is free each day, from 0 on. */
  partOfFree: number;
}

export const FREE = { reads: 50_000, writes: 20_000 } as const;
// The most that any row of docs/queue.md measured for listeners, a task; its creation is among the writes.
const LISTENERS = { reads: 4.7, writes: 3.1 } as const;
// The page reads what its visitor asked for lately, and the task as it comes, begins, and ends; it writes the former.
const PAGE = { reads: 4, writes: 1 } as const;
// Progress is written at most once a second, and read by the page that watches.
const PROGRESS_A_SECOND = 1;

/** `seconds` is how long was drawn altogether. */
export function costOf(tasks: number, seconds: number): Cost {
  const progress = Math.ceil(seconds * PROGRESS_A_SECOND);
  const reads = Math.ceil(tasks * (LISTENERS.reads + PAGE.reads)) + progress;
  const writes = Math.ceil(tasks * (LISTENERS.writes + PAGE.writes)) + progress;
  return { reads, writes, partOfFree: Math.max(reads / FREE.reads, writes / FREE.writes) };
}

interface Day {
  finished: Partial<Record<Status, number>>;
  done: Record<string, number>;
  seconds: Record<string, number>;
}

/** The tasks that a day finished, and the seconds that were drawn: as far as the functions have counted it. */
export function workOf({ finished, done, seconds }: Day): { tasks: number; seconds: number } {
  const tasks = Object.values(finished).reduce((sum, number) => sum + number, 0);
  const drawn = Object.entries(done).map(([renderer, number]) => number * (seconds[renderer] ?? 0));
  return { tasks, seconds: drawn.reduce((sum, one) => sum + one, 0) };
}
