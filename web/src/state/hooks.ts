/** Live data for as long as a component is on the screen. */

import { useEffect, useState } from "preact/hooks";
import type { Progress, StoredFile } from "../contract";
import type { Task } from "../firebase/queue";
import { knows, lineInWords } from "../firebase/line";
import { explained } from "../words";
import { useStore } from "./store";

/** How far a running task is; null before its first report, and for tasks that aren't running. */
export function useProgress(task: Task): Progress | null {
  const { queue } = useStore().firebase;
  const [progress, setProgress] = useState<Progress | null>(null);
  const running = task.status === "running";
  useEffect(() => {
    setProgress(null);
    return running ? queue.watchProgress(task.id, setProgress) : undefined;
  }, [queue, task.id, running]);
  // What an earlier attempt reported says nothing of this one.
  return progress && progress.epoch >= (task.claim?.epoch ?? 0) ? progress : null;
}

/** The address of a stored file; null until it is known. */
export function useAddress(file: StoredFile | null | undefined): string | null {
  const { files } = useStore().firebase;
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    setAddress(null);
    if (!file) return undefined;
    let wanted = true;
    void files.addressOf(file).then((found) => {
      if (wanted) setAddress(found);
    });
    return () => {
      wanted = false;
    };
  }, [files, file?.path]);
  return address;
}

export type Found = { task: Task | null } | { problem: string } | "loading";

/** One task by its id, whoever's it is. */
export function useTask(id: string): Found {
  const { queue } = useStore().firebase;
  const [found, setFound] = useState<Found>("loading");
  useEffect(() => {
    setFound("loading");
    return queue.watchTask(
      id,
      (task) => setFound({ task }),
      (error) =>
        setFound(error.code === "permission-denied" ? { task: null } : { problem: explained(error) }),
    );
  }, [queue, id]);
  return found;
}

/** The time in milliseconds, once a second while `ticking`. */
export function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!ticking) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}

/** Where a waiting task stands, in words that count down; empty for one that doesn't wait. */
export function usePlace(task: Task): string {
  const { line, tasks } = useStore();
  const waits = task.status === "queued";
  const now = useNow(waits);
  if (!waits) return "";
  const begun = (tasks.value ?? []).filter(({ status }) => status !== "queued");
  return lineInWords(line.value, task, now, begun);
}

/** Whether some listener has told the line since it may have known of one of these tasks, all of them waiting. */
export function useListened(tasks: readonly Task[]): boolean {
  const { line } = useStore();
  const now = useNow(tasks.length > 0);
  return tasks.length > 0 && tasks.some((task) => knows(line.value, task, now));
}

const PAGE = "Brushfire";

/** Names the screen in the browser's tab and history for as long as it is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${PAGE}`;
    return () => {
      document.title = PAGE;
    };
  }, [title]);
}
