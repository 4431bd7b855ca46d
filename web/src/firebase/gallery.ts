/** Everybody's public pictures, and what visitors say of each other's. Loaded with the screens that show it. */

import type { FirebaseApp } from "firebase/app";
import {
  collection,
  collectionGroup,
  doc,
  getDocFromServer,
  getDocsFromServer,
  getFirestore,
  increment,
  limit,
  orderBy,
  query,
  type QueryDocumentSnapshot,
  serverTimestamp,
  setDoc,
  startAfter,
  updateDoc,
  where,
  writeBatch,
} from "firebase/firestore";
import type { Result } from "../contract";
import type { Task } from "./queue";

/** So many pictures are read at once. */
export const PAGE_SIZE = 24;
export const LONGEST_REASON = 500;

export const ORDERS = ["newest", "liked"] as const;
export type Order = (typeof ORDERS)[number];

export interface View {
  order: Order;
  /** Only pictures of this renderer; null for all. */
  renderer: string | null;
}

/** A task as the gallery shows it. */
export type Picture = Pick<Task, "id" | "uid" | "prompt" | "renderer"> & {
  result: Result;
  likes: number;
  hidden: boolean;
};

/** Where the next page begins. */
export type Cursor = QueryDocumentSnapshot;

export interface Page {
  pictures: Picture[];
  /** null after the last page. */
  next: Cursor | null;
}

/** What rejects, rejects with a `FirebaseError`. */
export interface Gallery {
  page(view: View, after: Cursor | null): Promise<Page>;
  /** Which of these tasks, at most 30, an account likes: as many reads as it likes, one at least. */
  likedBy(uid: string, tasks: readonly string[]): Promise<Set<string>>;
  /** How a task stands now. */
  standing(uid: string, task: string): Promise<{ liked: boolean; likes: number }>;
  /** Gives a like or takes it back, and its count with it. */
  like(uid: string, task: string, liked: boolean): Promise<void>;
  report(uid: string, task: string, reason: string): Promise<void>;
  /** For operators. */
  hide(task: string, hidden: boolean): Promise<void>;
}

export function openGallery(app: FirebaseApp): Gallery {
  const db = getFirestore(app);
  const tasks = collection(db, "queue");
  const likeOf = (uid: string, task: string) => doc(tasks, task, "likes", uid);

  return {
    async page({ order, renderer }, after) {
      // Exactly what the rules let everybody list.
      const shown = [
        where("public", "==", true),
        where("status", "==", "done"),
        where("hidden", "==", false),
      ];
      const found = await getDocsFromServer(
        query(
          tasks,
          ...shown,
          ...(renderer === null ? [] : [where("renderer", "==", renderer)]),
          ...(order === "liked" ? [orderBy("likes", "desc")] : []),
          orderBy("finished_at", "desc"),
          ...(after ? [startAfter(after)] : []),
          limit(PAGE_SIZE),
        ),
      );
      const pictures = found.docs.map(pictureFrom).filter((picture) => picture !== null);
      return { pictures, next: found.size < PAGE_SIZE ? null : (found.docs.at(-1) ?? null) };
    },
    async likedBy(uid, ids) {
      const mine = query(
        collectionGroup(db, "likes"),
        where("uid", "==", uid),
        where("task", "in", [...ids]),
        limit(ids.length),
      );
      return new Set((await getDocsFromServer(mine)).docs.map((like) => String(like.get("task"))));
    },
    async standing(uid, id) {
      const [like, task] = await Promise.all([
        getDocFromServer(likeOf(uid, id)),
        getDocFromServer(doc(tasks, id)),
      ]);
      return { liked: like.exists(), likes: Number(task.get("likes") ?? 0) };
    },
    async like(uid, id, liked) {
      const batch = writeBatch(db);
      if (liked) batch.set(likeOf(uid, id), { uid, task: id, created_at: serverTimestamp() });
      else batch.delete(likeOf(uid, id));
      await batch.update(doc(tasks, id), { likes: increment(liked ? 1 : -1) }).commit();
    },
    report: (uid, task, reason) =>
      setDoc(doc(db, "reports", `${task}_${uid}`), { task, uid, reason, created_at: serverTimestamp() }),
    hide: (id, hidden) => updateDoc(doc(tasks, id), { hidden }),
  };
}

/** null for a document that has nothing to show. */
function pictureFrom(found: QueryDocumentSnapshot): Picture | null {
  const { uid, prompt, renderer, result, likes = 0, hidden = false } = found.data() as Task;
  return result ? { id: found.id, uid, prompt, renderer, result, likes, hidden } : null;
}
