/** What visitors say of each other's public pictures. Loaded with the screens that show them. */

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
  query,
  serverTimestamp,
  setDoc,
  updateDoc,
  where,
  writeBatch,
} from "firebase/firestore";

export const LONGEST_REASON = 500;

/** What rejects, rejects with a `FirebaseError`. */
export interface Gallery {
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
