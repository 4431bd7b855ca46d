/** The visitor's own pictures in the form: checked, uploaded as soon as they are chosen, and shown. */

import { signal } from "@preact/signals";
import type { Accounts } from "../firebase/auth";
import type { Files, Upload } from "../firebase/storage";
import { labelOf, type UploadField, type UploadsField } from "../options/fields";
import { needing } from "../options/renderers";
import { weighedFrom, weighedText } from "../options/values";
import { prepare, type Prepared, type Size, Unfit } from "../pictures/prepare";
import { isOwn } from "../pictures/recipe";
import { words } from "../words/pictures";
import type { Draft } from "./draft";

export type PictureField = UploadField | UploadsField;

/** A picture on its way to Storage. */
export interface Transfer {
  id: number;
  field: string;
  /** Its address in this browser. */
  preview: string;
  /** How much of it is there, from 0 to 1; null while it is looked at. */
  part: number | null;
}

/** A picture that was uploaded from this page. */
export interface Seen extends Size {
  preview: string;
  scaled: boolean;
}

/** An upload as it can be called off. */
interface Way {
  cancelled: boolean;
  upload: Upload | null;
}

export class Uploads {
  private readonly _transfers = signal<readonly Transfer[]>([]);
  /** Those on their way, the latest last. */
  readonly transfers: { readonly value: readonly Transfer[] } = this._transfers;

  private readonly seen = new Map<string, Seen>();
  private readonly running = new Map<number, { done: Promise<boolean>; way: Way }>();
  /** Uploaded and in no task yet: whoever removes them leaves nothing behind. */
  private readonly unsent = new Set<string>();
  private last = 0;

  constructor(
    private readonly files: Files,
    private readonly accounts: Pick<Accounts, "signIn">,
    private readonly draft: Draft,
  ) {}

  /** What is known of an uploaded picture without asking for it. */
  seenAt(path: string): Seen | undefined {
    return this.seen.get(path);
  }

  /** Where an uploaded picture can be seen; null if it is gone, or somebody else's. */
  async previewOf(path: string): Promise<string | null> {
    return this.seen.get(path)?.preview ?? this.files.addressOfUpload(path);
  }

  /** An uploaded picture's size in pixels; undefined if it can't be seen. */
  async sizeOf(path: string): Promise<Size | undefined> {
    const seen = this.seen.get(path);
    const address = seen ? null : await this.files.addressOfUpload(path);
    return seen ?? (address === null ? undefined : measured(address));
  }

  /** Puts a picture into a field. What is wrong with it is told there. `exactly`: the size that it must have. */
  async attach(field: PictureField, file: Blob, exactly?: Size): Promise<void> {
    if (field.kind === "upload") this.empty(field);
    else if (this.isFull(field)) return;
    this.draft.forgive(field.name);
    const id = ++this.last;
    const way: Way = { cancelled: false, upload: null };
    const preview = URL.createObjectURL(file);
    this._transfers.value = [...this._transfers.value, { id, field: field.name, preview, part: null }];
    const done = this.send(id, field, file, exactly, way)
      .then(({ path, prepared }) => {
        if (way.cancelled) void this.files.discard(path).catch(() => {});
        else this.keep(field, path, prepared, preview);
        return true;
      })
      .catch((error: unknown) => {
        URL.revokeObjectURL(preview);
        if (!way.cancelled) this.draft.lose(field.name, inWords(field, error));
        return way.cancelled;
      })
      .finally(() => {
        this.running.delete(id);
        this._transfers.value = this._transfers.value.filter((transfer) => transfer.id !== id);
      });
    this.running.set(id, { done, way });
    await done;
  }

  /** Empties a field of one picture, together with those fields that mean nothing without it. */
  empty(field: UploadField): void {
    for (const { id, field: name } of this._transfers.value) {
      if (name === field.name) this.stop(id);
    }
    for (const name of [field.name, ...needing(field.name)]) {
      const path = this.draft.typed.value[name];
      if (!path?.startsWith("uploads/")) continue;
      this.draft.type(name, "");
      this.forget(path);
    }
  }

  /** Takes one of several pictures out of its field. */
  remove(field: UploadsField, path: string): void {
    const others = this.held(field).filter((picture) => picture.path !== path);
    this.draft.type(field.name, weighedText(others));
    this.forget(path);
  }

  stop(id: number): void {
    const way = this.running.get(id)?.way;
    if (way) {
      way.cancelled = true;
      way.upload?.cancel();
    }
    this._transfers.value = this._transfers.value.filter((transfer) => transfer.id !== id);
  }

  /** Resolves when nothing is on its way any more: whether all of it has arrived. */
  async settled(): Promise<boolean> {
    const arrived = await Promise.all([...this.running.values()].map(({ done }) => done));
    return arrived.every((well) => well);
  }

  /** Whether all pictures that options name are that visitor's; those that aren't are told at their fields. */
  belongTo(uid: string, params: Readonly<Record<string, unknown>>): boolean {
    const foreign = Object.entries(params).filter(([, value]) => !isOwn(value, uid));
    for (const [name] of foreign) this.draft.complain(name, words().mistakes.another(labelOf(name)));
    return foreign.length === 0;
  }

  /** These options are in a task now, which needs its pictures for as long as it lives. */
  sent(params: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify(params);
    for (const path of this.unsent) if (text.includes(path)) this.unsent.delete(path);
  }

  private async send(id: number, field: PictureField, file: Blob, exactly: Size | undefined, way: Way) {
    const [prepared, uid] = await Promise.all([prepare(field.label, file, exactly), this.accounts.signIn()]);
    const path = `uploads/${uid}/${freshName()}.${prepared.ending}`;
    if (!way.cancelled) {
      this.step(id, 0);
      way.upload = this.files.upload(path, prepared.blob, (part) => this.step(id, part));
      await way.upload.done;
    }
    return { path, prepared };
  }

  private held(field: UploadsField) {
    return weighedFrom(this.draft.typed.value[field.name] ?? "");
  }

  private isFull(field: UploadsField): boolean {
    const coming = this._transfers.value.filter((transfer) => transfer.field === field.name).length;
    if (field.most === null || this.held(field).length + coming < field.most) return false;
    this.draft.complain(field.name, words().mistakes.tooMany(field.label, field.most));
    return true;
  }

  private step(id: number, part: number): void {
    this._transfers.value = this._transfers.value.map((transfer) =>
      transfer.id === id ? { ...transfer, part } : transfer,
    );
  }

  private keep(field: PictureField, path: string, { width, height, scaled }: Prepared, preview: string) {
    this.seen.set(path, { preview, width, height, scaled });
    this.unsent.add(path);
    const value = field.kind === "upload" ? path : weighedText([...this.held(field), { path, weight: "" }]);
    this.draft.type(field.name, value);
  }

  private forget(path: string): void {
    if (!this.unsent.delete(path)) return;
    const seen = this.seen.get(path);
    if (seen) URL.revokeObjectURL(seen.preview);
    this.seen.delete(path);
    void this.files.discard(path).catch(() => {});
  }
}

async function measured(address: string): Promise<Size | undefined> {
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
  } catch {
    return undefined;
  }
  return { width: image.naturalWidth, height: image.naturalHeight };
}

/** Nobody can guess it. (`randomUUID` isn't there on pages without HTTPS.) */
function freshName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const REASONS: Record<string, "notAllowed" | "unreachable" | "quota"> = {
  "storage/unauthorized": "notAllowed",
  "storage/unauthenticated": "notAllowed",
  "storage/retry-limit-exceeded": "unreachable",
  "storage/quota-exceeded": "quota",
};

function inWords({ label }: PictureField, error: unknown): string {
  if (error instanceof Unfit) return error.message;
  const { code, message } = error as { code?: string; message?: string };
  const reason = REASONS[code ?? ""];
  const { mistakes } = words();
  return mistakes.notUploaded(label, reason ? mistakes[reason] : (message ?? String(error)));
}
