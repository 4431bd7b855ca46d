/** Every read and write of Firestore that the page makes. Subscriptions return their unsubscribe. */

import { type FirebaseApp, FirebaseError } from "firebase/app";
import {
  collection,
  connectFirestoreEmulator,
  disableNetwork,
  type DocumentSnapshot,
  doc,
  documentId,
  enableNetwork,
  type Firestore,
  getDocFromServer,
  getDocsFromServer,
  initializeFirestore,
  limit,
  onSnapshot,
  orderBy,
  query,
  serverTimestamp,
  startAfter,
  Timestamp,
  type Unsubscribe,
  updateDoc,
  where,
  writeBatch,
} from "firebase/firestore";
import type { Address } from "../config";
import type { CatalogEntry, Line, NewTask, Progress, Task as TaskDocument } from "../contract";
import { language } from "../words/language";
import { type Account, accountFrom, charged, doubtful, refusedForToday } from "./account";
import { nextRank, type Rank, rankAfterRefusal } from "./rank";

export const MY_TASKS_LIMIT = 24;
/** A listener says every four minutes that it is there. */
const SEEN_LATELY_MILLIS = 10 * 60_000;
/** Which models there are is told by a few listeners as well as by all. */
const MOST_WORKERS = 20;

/** A task as the page sees it: what a document may leave out is filled in. */
export type Task = TaskDocument &
  Required<Pick<TaskDocument, "params" | "public" | "status" | "cancel_requested">>;

/** What a visitor asks for; the rest of a task is the same for everyone. */
export type TaskRequest = Required<Pick<NewTask, "prompt" | "renderer" | "params" | "public">> & {
  /** Who should be told when it is done; kept where only the owner can read it. */
  email?: string;
};

export type Catalog = Record<string, CatalogEntry>;

type OnError = (error: FirebaseError) => void;

export interface Queue {
  /** The owner's latest tasks, newest first. */
  watchTasksOf(uid: string, onTasks: (tasks: Task[]) => void, onError: OnError): Unsubscribe;
  /** The owner's next older tasks than this one, newest first; read once. Rejects with a `FirebaseError`. */
  tasksBefore(uid: string, task: Task): Promise<Task[]>;
  /** One task; null if there is none of that id. */
  watchTask(id: string, onTask: (task: Task | null) => void, onError: OnError): Unsubscribe;
  watchProgress(id: string, onProgress: (progress: Progress | null) => void): Unsubscribe;
  /** How long the line is, as a listener tells it every few seconds while tasks wait; null if it isn't known. */
  watchLine(onLine: (line: Line | null) => void): Unsubscribe;
  /** Which renderers there are, and whether that is the server's word (`live`) or only what is remembered. */
  watchCatalog(onCatalog: (catalog: Catalog, live: boolean) => void, onError: OnError): Unsubscribe;
  /** Whether this site sends mail; read once for the page. Rejects with a `FirebaseError`. */
  sendsMail(): Promise<boolean>;
  /** Keys of the models that listeners have who were seen lately; read once. Rejects with a `FirebaseError`. */
  modelsHere(): Promise<string[]>;
  /** Puts a task in line and resolves to its id once the server has it. Rejects with a `FirebaseError`. */
  submit(uid: string, request: TaskRequest): Promise<string>;
  requestCancel(id: string): Promise<void>;
  /** Drops the connection and makes a new one: after a sleep the old one may be dead without knowing it. */
  reconnect(): Promise<void>;
  /** Shows a finished picture to everyone who has its address, or to its owner alone. */
  setPublic(id: string, isPublic: boolean): Promise<void>;
}

export function openQueue(app: FirebaseApp, emulator: Address | undefined): Queue {
  const db = initializeFirestore(app, {});
  if (emulator) connectFirestoreEmulator(db, emulator.host, emulator.port);
  const tasks = collection(db, "queue");
  let mail: Promise<boolean> | null = null;

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
    async tasksBefore(uid, { id, created_at }) {
      const older = query(
        tasks,
        where("uid", "==", uid),
        orderBy("created_at", "desc"),
        orderBy(documentId(), "desc"),
        startAfter(created_at, id),
        limit(MY_TASKS_LIMIT),
      );
      return (await getDocsFromServer(older)).docs.map(taskFrom);
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
    watchLine(onLine) {
      // Without it a page only can't say how long a task waits.
      return onSnapshot(
        doc(db, "live", "queue"),
        (found) => onLine((found.data() as Line | undefined) ?? null),
        () => onLine(null),
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
    sendsMail() {
      mail ??= getDocFromServer(doc(db, "live", "site")).then(
        (site) => site.get("mail") === true,
        (error: unknown) => {
          mail = null;
          throw error;
        },
      );
      return mail;
    },
    async modelsHere() {
      const lately = Timestamp.fromMillis(Date.now() - SEEN_LATELY_MILLIS);
      const seen = query(collection(db, "workers"), where("last_seen", ">", lately), limit(MOST_WORKERS));
      const here = (await getDocsFromServer(seen)).docs.filter((worker) => worker.get("state") !== "stopped");
      return [...new Set(here.flatMap((worker) => (worker.get("models") ?? []) as string[]))].sort();
    },
    submit: submitter(db),
    requestCancel: (id) => updateDoc(doc(tasks, id), { cancel_requested: true }),
    async reconnect() {
      await disableNetwork(db);
      await enableNetwork(db);
    },
    setPublic: (id, isPublic) => updateDoc(doc(tasks, id), { public: isPublic }),
  };
}

const FINISHED = ["done", "failed", "cancelled", "rejected"];

const DEFAULTS = { params: {}, public: false, status: "queued", cancel_requested: false } as const;

/** Only the rules and the listener write tasks, and both check their shape: the type is taken at its word. */
export function taskFrom(found: DocumentSnapshot): Task {
  return { ...DEFAULTS, ...found.data({ serverTimestamps: "estimate" }), id: found.id } as Task;
}

function submitter(db: Firestore): Queue["submit"] {
  // What the owner has asked for; undefined when it must be read, as after the server chose a time in it.
  let known: Account | undefined;
  let knownUid: string | undefined;

  async function read(uid: string): Promise<Account> {
    return accountFrom((await getDocFromServer(doc(db, "users", uid))).data());
  }

  async function isOver(id: string): Promise<boolean> {
    const task = await getDocFromServer(doc(db, "queue", id));
    return !task.exists() || FINISHED.includes(String(task.get("status")));
  }

  async function overOf(account: Account): Promise<string[]> {
    const looked = await Promise.all(doubtful(account).map(async (id) => ({ id, over: await isOver(id) })));
    return looked.filter(({ over }) => over).map(({ id }) => id);
  }

  async function write(uid: string, request: TaskRequest, rank: Rank, account: Account): Promise<string> {
    const task = doc(collection(db, "queue"));
    const at = rank.kind === "now" ? serverTimestamp() : rank.at;
    const fixed = { uid, status: "queued", created_at: serverTimestamp(), rank: at, cancel_requested: false };
    const charge = charged(account, task.id, await overOf(account));
    const day = charge.day === "now" ? serverTimestamp() : charge.day;
    const { email, ...asked } = request;
    const batch = writeBatch(db)
      .set(task, { ...asked, ...fixed })
      .set(doc(db, "users", uid), { rank: at, last_task: task.id, ...charge, day }, { merge: true });
    if (email !== undefined) batch.set(doc(task, "private", "contact"), { email, language: language.value });
    await batch.commit();
    known =
      rank.kind === "now" || charge.day === "now" ? undefined : { ...charge, rank: rank.at, day: charge.day };
    return task.id;
  }

  return async (uid, request) => {
    if (uid !== knownUid) known = undefined;
    knownUid = uid;
    const thought = known ?? (await read(uid));
    const rank = nextRank(thought.rank, Date.now());
    try {
      return await write(uid, request, rank, thought);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      known = await read(uid);
      const again = rankAfterRefusal(rank, thought.rank, known.rank, Date.now());
      try {
        return await write(uid, request, again, known);
      } catch (second) {
        throw (isRefusal(second) && refusedForToday(known, Date.now())) || second;
      }
    }
  };
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof FirebaseError &&
    ["permission-denied", "failed-precondition", "aborted"].includes(error.code)
  );
}
