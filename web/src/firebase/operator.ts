/** What operators read and write. Loaded with their page; the rules let nobody else. */

import {
  collection,
  deleteDoc,
  deleteField,
  doc,
  type DocumentData,
  getCountFromServer,
  getDocFromServer,
  getDocsFromServer,
  getFirestore,
  limit,
  onSnapshot,
  orderBy,
  query,
  type QueryConstraint,
  serverTimestamp,
  Timestamp,
  type Unsubscribe,
  updateDoc,
  where,
} from "firebase/firestore";
import type { FirebaseApp, FirebaseError } from "firebase/app";
import type { Status, Worker } from "../contract";
import { STATUSES, type Counts } from "../state/operating";
import { isFinished } from "../words";
import { taskFrom, type Task } from "./queue";

/** So many of each kind are shown; of the rest, the number. */
export const MOST = 20;
const MOST_WORKERS = 50;
const DAY_MILLIS = 86_400_000;

export interface Live extends Worker {
  id: string;
}

export interface Report {
  id: string;
  task: string;
  reason: string;
  created_at: Timestamp | null;
}

/**
 * What a day came to so far, in UTC: as the functions count it each hour (`Counts` of contract/notices.py); where they
 * don't, how many tasks ended.
 */
export interface DayCounts {
  at: Timestamp;
  /** Whether `done` and `seconds` were counted too. */
  timed: boolean;
  finished: Partial<Record<Status, number>>;
  done: Record<string, number>;
  seconds: Record<string, number>;
}

type OnError = (error: FirebaseError) => void;

export interface Operations {
  /** How many tasks there are of each status: one read each, up to a thousand of a kind. */
  counts(): Promise<Counts>;
  /** Workers that were there within a day, the latest first. */
  watchWorkers(onWorkers: (workers: Live[]) => void, onError: OnError): Unsubscribe;
  /** The latest that failed. */
  watchFailed(onTasks: (tasks: Task[]) => void, onError: OnError): Unsubscribe;
  /** Those of a status that aren't over, in the order of the line. */
  watchLine(status: Status, onTasks: (tasks: Task[]) => void, onError: OnError): Unsubscribe;
  watchReports(onReports: (reports: Report[]) => void, onError: OnError): Unsubscribe;
  /** Puts a failed task back in line, as `brushfire redrive` does. */
  redrive(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
  /** Takes a report off the list. */
  dismiss(report: string): Promise<void>;
  /** One task; null if it is gone. */
  task(id: string): Promise<Task | null>;
  /** Pictures that were taken out of the gallery, the latest first. */
  hidden(): Promise<Task[]>;
  /** The day so far: one read where functions count it, four more where they don't. */
  today(): Promise<DayCounts>;
}

export function openOperations(app: FirebaseApp): Operations {
  const db = getFirestore(app);
  const tasks = collection(db, "queue");
  const watch = (onTasks: (tasks: Task[]) => void, onError: OnError, ...which: QueryConstraint[]) =>
    onSnapshot(query(tasks, ...which), (found) => onTasks(found.docs.map(taskFrom)), onError);

  /** How many tasks ended since a day of UTC began, by the index of those that are listed. */
  async function endedSince(day: string): Promise<DayCounts["finished"]> {
    const midnight = new Date(`${day}T00:00:00Z`);
    const ended = STATUSES.filter(isFinished).map(async (status) => {
      const those = [where("status", "==", status), where("finished_at", ">=", midnight)];
      const counted = await getCountFromServer(query(tasks, ...those, orderBy("finished_at", "desc")));
      return [status, counted.data().count] as const;
    });
    return Object.fromEntries(await Promise.all(ended));
  }

  return {
    async counts() {
      const found = await Promise.all(
        STATUSES.map(async (status) => {
          const counted = await getCountFromServer(query(tasks, where("status", "==", status)));
          return [status, counted.data().count] as const;
        }),
      );
      return Object.fromEntries(found) as Counts;
    },
    watchWorkers(onWorkers, onError) {
      const since = new Date(Date.now() - DAY_MILLIS);
      const lately = query(
        collection(db, "workers"),
        where("last_seen", ">=", since),
        orderBy("last_seen", "desc"),
        limit(MOST_WORKERS),
      );
      return onSnapshot(
        lately,
        (found) => onWorkers(found.docs.map((worker) => ({ ...(worker.data() as Worker), id: worker.id }))),
        onError,
      );
    },
    watchFailed: (onTasks, onError) =>
      watch(onTasks, onError, where("status", "==", "failed"), orderBy("finished_at", "desc"), limit(MOST)),
    watchLine: (status, onTasks, onError) =>
      watch(onTasks, onError, where("status", "==", status), orderBy("rank"), limit(MOST)),
    watchReports(onReports, onError) {
      const latest = query(collection(db, "reports"), orderBy("created_at", "desc"), limit(MOST));
      return onSnapshot(
        latest,
        (found) => onReports(found.docs.map((report) => reportFrom(report.id, report.data()))),
        onError,
      );
    },
    redrive: (id) =>
      updateDoc(doc(tasks, id), {
        status: "queued",
        rank: serverTimestamp(),
        attempt: 0,
        cancel_requested: false,
        error: deleteField(),
        finished_at: deleteField(),
        expires_at: deleteField(),
      }),
    cancel: (id) => updateDoc(doc(tasks, id), { cancel_requested: true }),
    dismiss: (report) => deleteDoc(doc(db, "reports", report)),
    async task(id) {
      const found = await getDocFromServer(doc(tasks, id));
      return found.exists() ? taskFrom(found) : null;
    },
    async hidden() {
      const out = [where("public", "==", true), where("status", "==", "done"), where("hidden", "==", true)];
      const found = await getDocsFromServer(
        query(tasks, ...out, orderBy("finished_at", "desc"), limit(MOST)),
      );
      return found.docs.map(taskFrom);
    },
    async today() {
      const day = new Date().toISOString().slice(0, 10);
      const found = await getDocFromServer(doc(db, "stats", day));
      if (found.exists()) return { ...(found.data() as Omit<DayCounts, "timed">), timed: true };
      return { at: Timestamp.now(), timed: false, finished: await endedSince(day), done: {}, seconds: {} };
    },
  };
}

function reportFrom(id: string, data: DocumentData): Report {
  const { task, reason, created_at } = data as Omit<Report, "id">;
  return { id, task, reason, created_at };
}
