/** Deleting what is a visitor's: one task with its files, or everything. */

import type { FirebaseError } from "firebase/app";
import {
  collection,
  collectionGroup,
  doc,
  type DocumentReference,
  getDocFromServer,
  getDocsFromServer,
  getFirestore,
  increment,
  limit,
  onSnapshot,
  orderBy,
  query,
  type QueryDocumentSnapshot,
  startAfter,
  updateDoc,
  where,
  writeBatch,
} from "firebase/firestore";
import { isFinished } from "../words";
import type { Firebase } from "./app";
import type { Task } from "./queue";

/** What is needed of a task to delete it. */
export type Removable = Pick<Task, "id" | "result">;

/**
 * Deletes a finished task of the visitor's: its pictures and videos first, so that whatever interrupts it is found
 * again by the task that still stands. Rejects with a `FirebaseError`.
 */
export async function removeTask(firebase: Firebase, task: Removable): Promise<void> {
  await Promise.all(filesOf(task).map((path) => firebase.files.remove(path)));
  const db = getFirestore(firebase.app);
  const itself = doc(db, "queue", task.id);
  const batch = writeBatch(db);
  for (const below of ["live/progress", "private/contact"])
    batch.delete(doc(db, `queue/${task.id}/${below}`));
  await batch.delete(itself).commit();
}

/** The paths of a result's files, each once, whatever the result calls them; nothing that isn't this task's. */
export function filesOf({ id, result }: Removable): string[] {
  const paths: string[] = [];
  const look = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    if ("path" in value && typeof value.path === "string") paths.push(value.path);
    for (const inner of Object.values(value)) look(inner);
  };
  look(result);
  return [...new Set(paths)].filter((path) => path.startsWith(`results/${id}/`));
}

/** How far the deletion of everything is. */
export interface RemovalProgress {
  step: "cancelling" | "pictures" | "uploads" | "likes";
  /** So many are gone already, or called off. */
  gone: number;
}

/** Some tasks are still being drawn, though they were called off, or their files can't be deleted by their owner. */
export class NotAllRemoved extends Error {
  override name = "NotAllRemoved";
  constructor(
    readonly unfinished: number,
    readonly kept: number,
  ) {
    super(`${unfinished} tasks are not over, ${kept} can't be deleted`);
  }
}

const PAGE = 50;
// A listener lets go of a picture within a step or two of being told; nobody may be listening at all.
const PATIENCE_MILLIS = 30_000;

/**
 * Deletes all tasks of the visitor with their files, what was uploaded, and what was liked; not yet the account.
 * Tasks that aren't over are called off first. Rejects with `NotAllRemoved` if some of them stay, which is safe to
 * try again, or with a `FirebaseError`.
 */
export async function removeEverything(
  firebase: Firebase,
  uid: string,
  tell: (progress: RemovalProgress) => void,
): Promise<void> {
  const found = await all(firebase, uid);
  const unfinished = found.filter((task) => !isFinished(task.get("status") as Task["status"]));
  for (const [index, task] of unfinished.entries()) {
    tell({ step: "cancelling", gone: index });
    await callOff(task);
  }
  const over = await Promise.all(unfinished.map((task) => untilOver(task.ref)));

  let gone = 0;
  let kept = 0;
  const still = unfinished.filter((_, index) => !over[index]);
  for (const task of found.filter((one) => !still.includes(one))) {
    tell({ step: "pictures", gone });
    if (await removed(firebase, task)) gone++;
    else kept++;
  }
  gone = 0;
  for (const path of await firebase.files.uploadsOf(uid)) {
    tell({ step: "uploads", gone: gone++ });
    await firebase.files.remove(path);
  }
  tell({ step: "likes", gone: 0 });
  await takeBackLikes(firebase, uid);
  if (still.length + kept > 0) throw new NotAllRemoved(still.length, kept);
}

async function all(firebase: Firebase, uid: string): Promise<QueryDocumentSnapshot[]> {
  const tasks = collection(getFirestore(firebase.app), "queue");
  const mine = query(tasks, where("uid", "==", uid), orderBy("created_at", "desc"), limit(PAGE));
  const found: QueryDocumentSnapshot[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await getDocsFromServer(last ? query(mine, startAfter(last)) : mine);
    found.push(...page.docs);
    if (page.size < PAGE) return found;
  }
}

/** It may have finished since it was read; then there is nothing to call off. */
async function callOff(task: QueryDocumentSnapshot): Promise<void> {
  await updateDoc(task.ref, { cancel_requested: true }).catch((error: unknown) => {
    if ((error as FirebaseError).code !== "permission-denied") throw error;
  });
}

/** Whether the task is over, waiting for it a while. */
function untilOver(task: DocumentReference): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      resolve(false);
    }, PATIENCE_MILLIS);
    const stop = onSnapshot(
      task,
      (now) => {
        if (now.exists() && !isFinished(now.get("status") as Task["status"])) return;
        clearTimeout(timer);
        stop();
        resolve(true);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** Whether it is gone. A picture from before its files said whose they are goes by itself when its time is over. */
async function removed(firebase: Firebase, { id, ref }: QueryDocumentSnapshot): Promise<boolean> {
  const now = await getDocFromServer(ref);
  if (!now.exists()) return true;
  const { result } = now.data() as Task;
  try {
    await removeTask(firebase, { id, ...(result && { result }) });
    return true;
  } catch (error) {
    if (["storage/unauthorized", "permission-denied"].includes((error as FirebaseError).code)) return false;
    throw error;
  }
}

/** A like is taken off the picture's count, unless the picture is gone. */
async function takeBackLikes(firebase: Firebase, uid: string): Promise<void> {
  const db = getFirestore(firebase.app);
  const mine = await getDocsFromServer(query(collectionGroup(db, "likes"), where("uid", "==", uid)));
  for (const like of mine.docs) {
    const task = like.ref.parent.parent;
    if (!task) continue;
    const counted = writeBatch(db)
      .delete(like.ref)
      .update(task, { likes: increment(-1) });
    await counted.commit().catch(() => writeBatch(db).delete(like.ref).commit());
  }
}
