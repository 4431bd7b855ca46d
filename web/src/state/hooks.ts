/** Live data for as long as a component is on the screen. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Progress, StoredFile } from "../contract";
import type { Task } from "../firebase/queue";
import { knows, lineInWords } from "../firebase/line";
import { explained, shortened } from "../words";
import { words } from "../words/watching";
import { whileAwake } from "./awake";
import { type Point, withReport } from "./curve";
import { useStore } from "./store";

/** How far a running task is; null before its first report, and for tasks that aren't running. */
export function useProgress(task: Task): Progress | null {
  const { queue } = useStore().firebase;
  const [progress, setProgress] = useState<Progress | null>(null);
  const running = task.status === "running";
  useEffect(() => {
    setProgress(null);
    return running ? whileAwake(() => queue.watchProgress(task.id, setProgress)) : undefined;
  }, [queue, task.id, running]);
  // What an earlier attempt reported says nothing of this one.
  const current = progress && progress.epoch >= (task.claim?.epoch ?? 0) ? progress : null;
  useQuartersTold(task, current);
  return current;
}

/** A screen reader hears of a picture at each quarter: its beginning and end are told as the task's own news. */
function useQuartersTold({ prompt }: Task, progress: Progress | null): void {
  const store = useStore();
  const told = useRef<number | null>(null);
  const quarters = progress && progress.steps > 0 ? Math.floor((progress.step / progress.steps) * 4) : null;
  useEffect(() => {
    const before = told.current;
    told.current = quarters;
    // What is seen first isn't news, however far it is.
    if (quarters === null || before === null || quarters <= before || quarters === 4) return;
    store.say(words().quarters(shortened(prompt), quarters));
  }, [store, prompt, quarters]);
}

/** The scores that were seen so far of a task's latest attempt, also on other screens of this page. */
export function useCurve(task: Task, progress: Progress | null): readonly Point[] {
  const { curves } = useStore();
  const before = curves.get(task.id) ?? null;
  const curve = progress ? withReport(before, progress) : before;
  if (curve && curve !== before) curves.set(task.id, curve);
  return curve && curve.epoch >= (task.claim?.epoch ?? 0) ? curve.points : [];
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
    return whileAwake(() =>
      queue.watchTask(
        id,
        (task) => setFound({ task }),
        (error) =>
          setFound(error.code === "permission-denied" ? { task: null } : { problem: explained(error) }),
      ),
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
