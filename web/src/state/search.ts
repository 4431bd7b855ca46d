/** Finding one's own pictures again, among those that are loaded. */

import type { Task } from "../firebase/queue";
import { isFinished } from "../words";

export const KINDS = ["all", "done", "open", "failed"] as const;
export type Kind = (typeof KINDS)[number];

export interface Search {
  words: string;
  /** By name; empty for any. */
  renderer: string;
  kind: Kind;
}

export const EVERYTHING: Search = { words: "", renderer: "", kind: "all" };

export function searches({ words, renderer, kind }: Search): boolean {
  return words.trim() !== "" || renderer !== "" || kind !== "all";
}

/** The tasks whose prompts have each of the words, in any order, and parts of words too. */
export function found(tasks: readonly Task[], { words, renderer, kind }: Search): Task[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return tasks.filter((task) => {
    const prompt = plain(task.prompt);
    return (
      wanted.every((word) => prompt.includes(word)) &&
      (renderer === "" || task.renderer === renderer) &&
      isOf(task, kind)
    );
  });
}

function isOf({ status }: Task, kind: Kind): boolean {
  switch (kind) {
    case "all":
      return true;
    case "done":
      return status === "done";
    case "open":
      return !isFinished(status);
    case "failed":
      return isFinished(status) && status !== "done";
  }
}

/** Without capitals and accents, so that "café" is found by "cafe". */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
