/** Every read and write of Firestore that the page makes. Subscriptions return their unsubscribe. */

import { type FirebaseApp, FirebaseError } from "firebase/app";
import {
  collection,
  connectFirestoreEmulator,
  type DocumentSnapshot,
  doc,
  type Firestore,
  getDocFromServer,
  initializeFirestore,
  limit,
  onSnapshot,
  orderBy,
  query,
  serverTimestamp,
  type Timestamp,
  type Unsubscribe,
  updateDoc,
  where,
  writeBatch,
} from "firebase/firestore";
import type { Address } from "../config";
import type { CatalogEntry, NewTask, Progress, Task as TaskDocument } from "../contract";
import { nextRank, type Rank, rankAfterRefusal } from "./rank";

export const MY_TASKS_LIMIT = 24;

/** A task as the page sees it: what a document may leave out is filled in. */
export type Task = TaskDocument &
  Required<Pick<TaskDocument, "params" | "public" | "status" | "cancel_requested">>;

/** What a visitor asks for; the rest of a task is the same for everyone. */
export type TaskRequest = Required<Pick<NewTask, "prompt" | "renderer" | "params" | "public">>;

export type Catalog = Record<string, CatalogEntry>;

type OnError = (error: FirebaseError) => void;

export interface Queue {
  /** The owner's latest tasks, newest first. */
  watchTasksOf(uid: string, onTasks: (tasks: Task[]) => void, onError: OnError): Unsubscribe;
  /** One task; null if there is none of that id. */
  watchTask(id: string, onTask: (task: Task | null) => void, onError: OnError): Unsubscribe;
  watchProgress(id: string, onProgress: (progress: Progress | null) => void): Unsubscribe;
  /** Which renderers there are, and whether that is the server's word (`live`) or only what is remembered. */
  watchCatalog(onCatalog: (catalog: Catalog, live: boolean) => void, onError: OnError): Unsubscribe;
  /** Puts a task in line and resolves to its id once the server has it. Rejects with a `FirebaseError`. */
  submit(uid: string, request: TaskRequest): Promise<string>;
  requestCancel(id: string): Promise<void>;
  /** Shows a finished picture to everyone who has its address, or to its owner alone. */
  setPublic(id: string, isPublic: boolean): Promise<void>;
}

export function openQueue(app: FirebaseApp, emulator: Address | undefined): Queue {
  const db = initializeFirestore(app, {});
  if (emulator) connectFirestoreEmulator(db, emulator.host, emulator.port);
  const tasks = collection(db, "queue");

  return {
    watchTasksOf(uid, onTasks, onError) {
      const mine = query(
        tasks,
        where("uid", "==", uid),
        orderBy("created_at", "desc"),
        limit(MY_TASKS_LIMIT),
      );
      return onSnapshot(mine, (found) => onTasks(found.docs.map(taskFrom)), onError);
    },
    watchTask(id, onTask, onError) {
      return onSnapshot(doc(tasks, id), (found) => onTask(found.exists() ? taskFrom(found) : null), onError);
    },
    watchProgress(id, onProgress) {
      const live = doc(tasks, id, "live", "progress");
      // Without progress the task's status still tells how it stands, so an error here is no news.
      return onSnapshot(
        live,
        (found) => onProgress((found.data() as Progress | undefined) ?? null),
        () => onProgress(null),
      );
    },
    watchCatalog(onCatalog, onError) {
      return onSnapshot(
        collection(db, "catalog"),
        { includeMetadataChanges: true },
        (found) => {
          const entries = found.docs.map((entry) => [entry.id, entry.data() as CatalogEntry]);
          onCatalog(Object.fromEntries(entries) as Catalog, !found.metadata.fromCache);
        },
        onError,
      );
    },
    submit: submitter(db),
    requestCancel: (id) => updateDoc(doc(tasks, id), { cancel_requested: true }),
    setPublic: (id, isPublic) => updateDoc(doc(tasks, id), { public: isPublic }),
  };
}

const DEFAULTS = { params: {}, public: false, status: "queued", cancel_requested: false } as const;

/** Only the rules and the listener write tasks, and both check their shape: the type is taken at its word. */
function taskFrom(found: DocumentSnapshot): Task {
  return { ...DEFAULTS, ...found.data({ serverTimestamps: "estimate" }), id: found.id } as Task;
}

function submitter(db: Firestore): Queue["submit"] {
  // The owner's last rank; undefined when it must be read, as after the server chose it.
  let last: Timestamp | null | undefined;
  let lastUid: string | undefined;

  async function readLast(uid: string): Promise<Timestamp | null> {
    const user = await getDocFromServer(doc(db, "users", uid));
    return (user.data()?.rank as Timestamp | undefined) ?? null;
  }

  async function write(uid: string, request: TaskRequest, rank: Rank): Promise<string> {
    const task = doc(collection(db, "queue"));
    const at = rank.kind === "now" ? serverTimestamp() : rank.at;
    const fixed = { uid, status: "queued", created_at: serverTimestamp(), rank: at, cancel_requested: false };
    await writeBatch(db)
      .set(task, { ...request, ...fixed })
      .set(doc(db, "users", uid), { rank: at, last_task: task.id }, { merge: true })
      .commit();
    last = rank.kind === "now" ? undefined : rank.at;
    return task.id;
  }

  return async (uid, request) => {
    if (uid !== lastUid) last = undefined;
    lastUid = uid;
    const thought = last === undefined ? await readLast(uid) : last;
    const rank = nextRank(thought, Date.now());
    try {
      return await write(uid, request, rank);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      last = await readLast(uid);
      return write(uid, request, rankAfterRefusal(rank, thought, last, Date.now()));
    }
  };
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof FirebaseError &&
    ["permission-denied", "failed-precondition", "aborted"].includes(error.code)
  );
}
