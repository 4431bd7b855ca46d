/**
 * A task's place in line: now, or `SPACING_SECONDS` after its owner's last one if that is later. One sorted
 * field gives fairness between users; firestore.rules checks it against `users/{uid}`.
 */

import { Timestamp } from "firebase/firestore";

export const SPACING_SECONDS = 30;

/** `now` asks the server for its own time; `spaced` names the first moment that the owner's last rank allows. */
export type Rank = { kind: "now" } | { kind: "spaced"; at: Timestamp };

export function nextRank(last: Timestamp | null, nowMillis: number): Rank {
  if (!last) return { kind: "now" };
  const at = spacedAfter(last);
  return at.toMillis() <= nowMillis ? { kind: "now" } : { kind: "spaced", at };
}

/**
 * The rank to try after the server refused one. If the owner's last rank is another than was thought, the
 * usual one; if not, this machine's clock is off, and the other kind is right.
 */
export function rankAfterRefusal(
  refused: Rank,
  thought: Timestamp | null,
  last: Timestamp | null,
  nowMillis: number,
): Rank {
  const unchanged = last === thought || (last !== null && thought !== null && last.isEqual(thought));
  if (!unchanged || !last) return nextRank(last, nowMillis);
  return refused.kind === "now" ? { kind: "spaced", at: spacedAfter(last) } : { kind: "now" };
}

function spacedAfter(last: Timestamp): Timestamp {
  return new Timestamp(last.seconds + SPACING_SECONDS, last.nanoseconds);
}
