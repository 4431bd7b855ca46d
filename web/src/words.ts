/** Statuses, times, and errors as sentences, made of the texts in `words/`. */

import type { Failure, Status } from "./contract";
import type { Task } from "./firebase/queue";
import { labelOf } from "./options/fields";
import { words } from "./words/common";

export function statusInWords(status: Status): string {
  return words().statuses[status];
}

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
  return words().about(duration(Math.max(1, Math.round(seconds / grain)) * grain));
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

/**
 * What a visitor reads of an error. Where a model's files lie on some machine is for whoever runs that, on the
 * operator's page; the message begins with the model's key, if it is known.
 */
export function failureForVisitors(error: Pick<Failure, "code" | "field" | "message">): string {
  const ofWeights = (words().weights as Readonly<Record<string, (model: string) => string>>)[error.code];
  if (!ofWeights) return failureInWords(error);
  return ofWeights(/^([\w.-]+): /.exec(error.message)?.[1] ?? words().aModel);
}

/** The form's name of the field that an error is about: `params.cells` is `cells`. */
export function optionOf(field: string): string {
  return field.replace(/^params\./, "");
}

/** What a screen reader hears when a task goes from one status to another; null if it is no news. */
export function announcement(before: Status | undefined, task: Task): string | null {
  if (before === undefined || before === task.status) return null;
  if (task.status === "queued" || task.status === "scheduled") return null;
  return words().news[task.status](shortened(task.prompt));
}

export function shortened(text: string, length = 60): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

const FIREBASE_ERRORS: Readonly<Record<string, keyof ReturnType<typeof words>["errors"]>> = {
  "auth/network-request-failed": "noNetwork",
  "auth/admin-restricted-operation": "noVisitors",
  "auth/operation-not-allowed": "noVisitors",
  "auth/too-many-requests": "tooManySignIns",
  "permission-denied": "notAllowed",
  unavailable: "unavailable",
  "resource-exhausted": "exhausted",
  "failed-precondition": "noIndexes",
};

/** An error of Firebase as a sentence; its own message where there is no better one. */
export function explained(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const known = FIREBASE_ERRORS[code ?? ""];
  return known ? words().errors[known] : (message ?? String(error));
}
