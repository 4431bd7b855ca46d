/**
 * What a user has asked for, in `users/{uid}`: the last place in line, the tasks that may still wait, and how
 * many there were today. Each task's batch moves it on; firestore.rules checks every sum.
 */

import type { DocumentData, Timestamp } from "firebase/firestore";
import { words } from "../words/common";

export const MOST_WAITING = 100;
export const MOST_A_DAY = 500;
/** From so many on, it is looked up whether the oldest are over: each look is a read. */
export const LOOKED_FROM = 20;
/** So many may be struck off with one new task. */
export const STRUCK_OFF = 5;

export interface Account {
  rank: Timestamp | null;
  waiting: string[];
  day: Timestamp | null;
  today: number;
}

/** What a new task changes, beside the rank; `now` is the server's time. */
export interface Charge {
  waiting: string[];
  day: Timestamp | "now";
  today: number;
}

/** More was asked for than one user may; the message says what to do. */
export class TooMuch extends Error {}

export function accountFrom(data: DocumentData | undefined): Account {
  const { rank = null, waiting = [], day = null, today = 0 } = (data ?? {}) as Partial<Account>;
  return { rank, waiting, day, today };
}

/** Tasks of which it is worth a read to know whether they are over. */
export function doubtful({ waiting }: Account): string[] {
  return waiting.length < LOOKED_FROM ? [] : waiting.slice(0, STRUCK_OFF);
}

/** The account after one more task, without those of its tasks that are `over`. Throws `TooMuch`. */
export function charged(account: Account, task: string, over: readonly string[]): Charge {
  const waiting = [...account.waiting.filter((id) => !over.includes(id)), task];
  if (waiting.length > MOST_WAITING) {
    throw new TooMuch(words().tooManyWaiting(MOST_WAITING));
  }
  const begins = !account.day || account.today >= MOST_A_DAY;
  return account.day && !begins
    ? { waiting, day: account.day, today: account.today + 1 }
    : { waiting, day: "now", today: 1 };
}

/** What a refusal means, if it was the day's count that was refused; null if it was something else. */
export function refusedForToday(account: Account, nowMillis: number): TooMuch | null {
  if (account.today < MOST_A_DAY || !account.day) return null;
  const hours = Math.max(1, Math.ceil((account.day.toMillis() - nowMillis) / 3_600_000 + 24));
  return new TooMuch(words().tooManyToday(MOST_A_DAY, hours));
}
