/** What the gallery and the likes hang on, once for the page. */

import type { ReadonlySignal } from "@preact/signals";
import type { Visitor } from "../firebase/auth";
import { type Gallery, openGallery } from "../firebase/gallery";
import { GalleryState } from "./gallery";
import { Likes } from "./likes";
import { type Store, useStore } from "./store";
import { watchedSignal } from "./watched";

export interface Public {
  server: Gallery;
  likes: Likes;
  gallery: GalleryState;
  visitor: ReadonlySignal<Visitor | null>;
}

const opened = new WeakMap<Store, Public>();

export function usePublic(): Public {
  const store = useStore();
  const before = opened.get(store);
  if (before) return before;
  const { app, accounts, wall } = store.firebase;
  const tell = (error: unknown) => store.tell(error);
  const server = openGallery(app);
  const likes = new Likes(server, accounts, store.uid, tell);
  const made: Public = {
    server,
    likes,
    gallery: new GalleryState({ ...wall, ...server }, tell, (ids) => void likes.learn(ids)),
    visitor: watchedSignal((onVisitor) => accounts.watchVisitor(onVisitor)),
  };
  opened.set(store, made);
  return made;
}
