/** The gallery as far as it was scrolled. It outlives its screen, so that whoever comes back goes on there. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Gallery } from "../firebase/gallery";
import { type Cursor, FIRST_VIEW, type Picture, type View, type Wall } from "../firebase/wall";

// Whoever comes back to the top after so long sees what is new.
const FRESH_MILLIS = 60_000;

export type Reach = "loading" | "more" | "end" | "problem";

type Server = Pick<Wall, "page"> & Pick<Gallery, "hide">;

export class GalleryState {
  private readonly _view = signal<View>(FIRST_VIEW);
  private readonly _pictures = signal<readonly Picture[]>([]);
  private readonly _reach = signal<Reach>("more");
  private next: Cursor | null = null;
  private begun = 0;
  /** Rises with each beginning: the answer to an older question is no longer wanted. */
  private round = 0;

  readonly view: ReadonlySignal<View> = this._view;
  readonly pictures: ReadonlySignal<readonly Picture[]> = this._pictures;
  /** Whether there is more below. */
  readonly reach: ReadonlySignal<Reach> = this._reach;
  /** How far down the visitor is, in pixels, and the picture that was opened last. */
  readonly place: { scroll: number; opened: string | null } = { scroll: 0, opened: null };

  constructor(
    private readonly server: Server,
    private readonly tell: (error: unknown) => void,
    /** Is told which pictures have come. */
    private readonly onPictures: (ids: string[]) => void,
  ) {}

  choose(view: View): void {
    this._view.value = view;
    this.begin();
  }

  /** The screen is shown again. */
  comeBack(now = Date.now()): void {
    if (this.begun > 0 && this.place.scroll === 0 && now - this.begun > FRESH_MILLIS) this.begin();
  }

  /** Reads the next page, unless that is being done or there is none. */
  async more(): Promise<void> {
    if (this._reach.value === "loading" || this._reach.value === "end") return;
    const round = this.round;
    this._reach.value = "loading";
    if (this.begun === 0) this.begun = Date.now();
    try {
      const page = await this.server.page(this._view.value, this.next);
      if (round !== this.round) return;
      // What was liked meanwhile may have moved to a page that comes later.
      const there = new Set(this._pictures.value.map(({ id }) => id));
      const fresh = page.pictures.filter(({ id }) => !there.has(id));
      this.next = page.next;
      this._pictures.value = [...this._pictures.value, ...fresh];
      this._reach.value = page.next ? "more" : "end";
      this.onPictures(fresh.map(({ id }) => id));
    } catch (error) {
      if (round !== this.round) return;
      this._reach.value = "problem";
      this.tell(error);
    }
  }

  /** For operators: takes a picture out, or lets it in again. It stays on the screen until the page is left. */
  async hide(id: string, hidden: boolean): Promise<void> {
    this.mark(id, hidden);
    await this.server.hide(id, hidden).catch((error: unknown) => {
      this.mark(id, !hidden);
      this.tell(error);
    });
  }

  private mark(id: string, hidden: boolean): void {
    this._pictures.value = this._pictures.value.map((one) => (one.id === id ? { ...one, hidden } : one));
  }

  private begin(): void {
    this.round++;
    this.begun = 0;
    this.next = null;
    this.place.scroll = 0;
    this.place.opened = null;
    this._pictures.value = [];
    this._reach.value = "more";
    void this.more();
  }
}
