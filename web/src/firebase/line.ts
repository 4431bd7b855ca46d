/** A task's place in line and its wait, from `live/queue`: what `Line` of contract/task.py says they are. */

import type { Timestamp } from "firebase/firestore";
import type { Line } from "../contract";
import type { Task } from "./queue";
import { aboutDuration } from "../words";
import { words } from "../words/common";

// The line is told anew every minute or more often, but only when a task begins, which may take a while.
const TRUSTED_SECONDS = 900;

export function secondsOf({ seconds, nanoseconds }: Timestamp): number {
  return seconds + nanoseconds / 1e9;
}

/** How many tasks stand before one of that rank; in proportion, where the line is longer than its ranks. */
export function placeIn({ waiting, ranks: told = [] }: Line, rank: Timestamp): number {
  const mine = secondsOf(rank);
  const ranks = told.map(secondsOf);
  const [first, last] = [ranks[0], ranks.at(-1)];
  if (waiting <= ranks.length || ranks.length < 2 || first === undefined || last === undefined) {
    return ranks.filter((other) => other < mine).length;
  }
  const part = last > first ? (mine - first) / (last - first) : 0;
  return Math.round(Math.min(Math.max(part, 0), 1) * (waiting - 1));
}

/** Seconds until a task of that rank is begun; null if there is nobody to say how long one takes. */
export function waitIn(line: Line, rank: Timestamp, nowMillis: number): number | null {
  const measured = Object.values(line.seconds ?? {});
  if (line.workers <= 0 || measured.length === 0) return null;
  const aTask = measured.reduce((sum, seconds) => sum + seconds, 0) / measured.length;
  const waited = nowMillis / 1000 - secondsOf(line.at);
  return Math.max(0, ((placeIn(line, rank) + 1) * aTask) / line.workers - waited);
}

/** Whether the line was told lately, by a listener that may know of the task. */
export function knows(line: Line | null, task: Task, nowMillis: number): line is Line {
  if (!line || line.workers <= 0 || nowMillis / 1000 - secondsOf(line.at) > TRUSTED_SECONDS) return false;
  return line.waiting > 0 || (task.created_at != null && secondsOf(line.at) >= secondsOf(task.created_at));
}

/** Seconds until a task that is asked for now is begun; null if nobody has told the line lately. */
export function expectedWait(line: Line, nowMillis: number): number | null {
  const told = nowMillis / 1000 - secondsOf(line.at);
  if (line.workers <= 0 || told > TRUSTED_SECONDS) return null;
  const measured = Object.values(line.seconds ?? {});
  if (line.waiting === 0) return 0;
  if (measured.length === 0) return null;
  const aTask = measured.reduce((sum, seconds) => sum + seconds, 0) / measured.length;
  return Math.max(0, ((line.waiting + 1) * aTask) / line.workers - told);
}

/** Measured seconds of a task of that kind; null if none was measured lately. */
export function drawingSeconds({ seconds = {} }: Line, renderer: string, quality: string): number | null {
  return seconds[`${renderer}/${quality}`] ?? null;
}

/** The line without those tasks of mine that have been begun since it was told; if it names each rank. */
function without(begun: readonly Task[], line: Line): Line {
  const gone = begun.flatMap(({ rank }) => (rank ? [secondsOf(rank)] : []));
  const ranks = (line.ranks ?? []).filter((rank) => !gone.includes(secondsOf(rank)));
  return line.waiting <= (line.ranks ?? []).length ? { ...line, ranks, waiting: ranks.length } : line;
}

/** "3 before it · about 2 min", "next in line · soon". `begun`: my tasks that wait no longer. */
export function lineInWords(
  line: Line | null,
  task: Task,
  nowMillis: number,
  begun: readonly Task[] = [],
): string {
  if (!task.rank || !knows(line, task, nowMillis)) return words().forAWorker;
  const place = placeIn(without(begun, line), task.rank);
  const wait = waitIn(line, task.rank, nowMillis);
  const before = place === 0 ? words().nextInLine : words().before(place);
  return wait === null ? before : `${before} · ${wait < 2 ? words().soon : aboutDuration(wait)}`;
}
