/** What the page says: statuses, times, and errors as sentences. */

import type { Failure, Status } from "./contract";
import type { Task } from "./firebase/queue";
import { labelOf } from "./options/fields";

export const STATUS_WORDS: Record<Status, string> = {
  queued: "Waiting",
  scheduled: "Waiting to try again",
  running: "Drawing",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  rejected: "Rejected",
};

const FINISHED: readonly Status[] = ["done", "failed", "cancelled", "rejected"];

export function isFinished(status: Status): boolean {
  return FINISHED.includes(status);
}

/** "8 s", "2 min 5 s", "1 h 3 min": as fine as is of use. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined(Math.floor(whole / 60), "min", whole % 60, "s");
  return joined(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
}

/** An estimate of more than a moment, no finer than it is known: "about 15 s", "about 3 min". */
export function aboutDuration(seconds: number): string {
  const grain = seconds < 57.5 ? 5 : seconds < 3600 ? 60 : 300;
  return `about ${duration(Math.max(1, Math.round(seconds / grain)) * grain)}`;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** A task's error as a sentence that names the option as the form does: "Cells is 500, but must be …". */
export function failureInWords({ field, message }: Pick<Failure, "field" | "message">): string {
  if (!field) return message;
  const label = labelOf(optionOf(field));
  return message.startsWith(`${field} `) ? label + message.slice(field.length) : `${label}: ${message}`;
}

/** The form's name of the field that an error is about: `params.cells` is `cells`. */
export function optionOf(field: string): string {
  return field.replace(/^params\./, "");
}

/** What a screen reader hears when a task goes from one status to another; null if it is no news. */
export function announcement(before: Status | undefined, task: Task): string | null {
  if (before === undefined || before === task.status) return null;
  const words: Partial<Record<Status, string>> = {
    running: "is being drawn",
    done: "is done",
    failed: "failed",
    cancelled: "was cancelled",
    rejected: "was rejected",
  };
  const news = words[task.status];
  return news ? `“${shortened(task.prompt)}” ${news}.` : null;
}

export function shortened(text: string, length = 60): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

const FIREBASE_ERRORS: Record<string, string> = {
  "auth/network-request-failed": "Signing in needs a connection, and Firebase can't be reached.",
  "auth/admin-restricted-operation":
    "This project doesn't let visitors in: anonymous sign-in is switched off in its Firebase console.",
  "auth/operation-not-allowed":
    "This project doesn't let visitors in: anonymous sign-in is switched off in its Firebase console.",
  "auth/too-many-requests": "Too many sign-ins from here for now; try again in some minutes.",
  "permission-denied": "The project's rules don't allow this.",
  unavailable: "Firebase can't be reached right now; try again when the connection is back.",
  "resource-exhausted": "The project has used up its quota for today.",
  "failed-precondition": "The project's Firestore isn't set up for this page yet: deploy its indexes.",
};

/** An error of Firebase as a sentence; its own message where there is no better one. */
export function explained(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return FIREBASE_ERRORS[code ?? ""] ?? message ?? String(error);
}
