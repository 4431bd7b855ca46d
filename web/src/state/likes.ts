/** What I like, shown at once and taken back if the server refuses it. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Accounts } from "../firebase/auth";
import type { Gallery } from "../firebase/gallery";

interface Liked {
  liked: boolean;
  /** Known once it was changed here, or looked up; until then the picture's own count holds. */
  likes?: number;
}

type Server = Pick<Gallery, "likedBy" | "standing" | "like">;

export class Likes {
  private readonly known = signal<ReadonlyMap<string, Liked>>(new Map());
  private readonly sending = new Set<string>();
  /** Pressed since the page was loaded: what was asked before is older. */
  private readonly pressed = new Set<string>();

  constructor(
    private readonly server: Server,
    private readonly accounts: Pick<Accounts, "signIn">,
    private readonly uid: ReadonlySignal<string | null>,
    private readonly tell: (error: unknown) => void,
  ) {
    let before = uid.value;
    uid.subscribe((now) => {
      if (now === before) return;
      before = now;
      const asked = [...this.known.value.keys()];
      // What is being sent is the new account's: it was made for that.
      this.known.value = new Map([...this.known.value].filter(([id]) => this.sending.has(id)));
      this.pressed.clear();
      void this.learn(asked);
    });
  }

  has(id: string): boolean {
    return this.known.value.get(id)?.liked ?? false;
  }

  /** The count of a picture that was read when it had so many likes. */
  countOf(id: string, likes: number): number {
    return this.known.value.get(id)?.likes ?? likes;
  }

  /** Looks up which of these pictures I like. Not to know it is no trouble. */
  async learn(ids: readonly string[]): Promise<void> {
    const uid = this.uid.value;
    for (const id of ids) if (!this.known.value.has(id)) this.put(id, { liked: false });
    if (uid === null) return;
    for (let from = 0; from < ids.length; from += 30) {
      const asked = ids.slice(from, from + 30).filter((id) => !this.pressed.has(id));
      if (asked.length === 0) continue;
      const found = await this.server.likedBy(uid, asked).catch(() => new Set<string>());
      if (uid !== this.uid.value) return;
      for (const id of found)
        if (!this.pressed.has(id)) this.put(id, { ...this.known.value.get(id), liked: true });
    }
  }

  /** Likes a picture that now shows so many likes, or no more. */
  async toggle(id: string, shown: number): Promise<void> {
    if (this.sending.has(id)) return;
    const liked = !this.has(id);
    this.sending.add(id);
    this.pressed.add(id);
    this.put(id, { liked, likes: Math.max(0, shown + (liked ? 1 : -1)) });
    let uid: string | null = null;
    try {
      uid = await this.accounts.signIn();
      await this.server.like(uid, id, liked);
    } catch (error) {
      this.put(id, { liked: !liked, likes: shown });
      const now = uid === null ? null : await this.server.standing(uid, id).catch(() => null);
      if (now) this.put(id, now);
      // Another tab was faster: it is as was wanted.
      if (now?.liked !== liked) this.tell(error);
    } finally {
      this.sending.delete(id);
    }
  }

  private put(id: string, liked: Liked): void {
    this.known.value = new Map(this.known.value).set(id, liked);
  }
}
