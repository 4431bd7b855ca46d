/** A visitor's picture made fit to be uploaded: one that can be read, not too large, of a type that is accepted. */

import { words } from "../words/pictures";

/** The longer side of what is sent; no renderer draws larger. */
export const LONGEST_SIDE = 2048;
/** As storage.rules has it. */
const MOST_BYTES = 10 * 1024 * 1024;
/** What a browser is asked to decode. */
export const MOST_READ_MEGABYTES = 50;
/** A smaller picture has nothing to begin from. */
export const LEAST_SIDE = 8;
/** How far a mask's shape may be from that of its picture. */
const SHAPE_TOLERANCE = 0.02;

export const ACCEPTED = ["image/png", "image/jpeg", "image/webp"] as const;
export type Accepted = (typeof ACCEPTED)[number];

const ENDINGS: Record<Accepted, string> = { "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp" };

export interface Size {
  width: number;
  height: number;
}

export interface Prepared extends Size {
  blob: Blob;
  ending: string;
  /** Whether it was larger. */
  scaled: boolean;
}

/** What is wrong with a picture, in words for its field. */
export class Unfit extends Error {
  override name = "Unfit";
}

/** What is to be done with a decoded picture before it is sent. */
export interface Plan extends Size {
  /** Whether it goes as it is; otherwise it is drawn anew at that size. */
  asItIs: boolean;
  scaled: boolean;
}

/** `exactly`: the size that a mask must have, that of its picture. Throws `Unfit`. */
export function planFor(
  label: string,
  blob: { type: string; size: number },
  has: Size,
  exactly?: Size,
): Plan {
  const { width, height } = has;
  if (Math.min(width, height) < LEAST_SIDE) {
    throw new Unfit(words().mistakes.tooSmall(label, width, height, LEAST_SIDE));
  }
  const readable = isAccepted(blob.type) && blob.size < MOST_BYTES;
  if (exactly) {
    const stretch = width / height / (exactly.width / exactly.height);
    if (Math.abs(stretch - 1) > SHAPE_TOLERANCE) {
      const wanted = words().size(exactly.width, exactly.height);
      throw new Unfit(words().mistakes.otherShape(label, width, height, wanted));
    }
    const same = width === exactly.width && height === exactly.height;
    return { ...exactly, asItIs: readable && same, scaled: false };
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
    asItIs: readable && scale === 1,
    scaled: scale < 1,
  };
}

/** The picture as it is to be uploaded. Rejects with `Unfit`, whose message is for the field of that label. */
export async function prepare(label: string, file: Blob, exactly?: Size): Promise<Prepared> {
  const megabytes = Math.ceil(file.size / 1e6);
  if (megabytes > MOST_READ_MEGABYTES) {
    throw new Unfit(words().mistakes.tooLarge(label, megabytes, MOST_READ_MEGABYTES));
  }
  const bitmap = await decoded(label, file);
  try {
    const type = await typeOf(file);
    const plan = planFor(label, { type, size: file.size }, bitmap, exactly);
    const { width, height, scaled } = plan;
    const blob = plan.asItIs
      ? file.slice(0, file.size, type)
      : await redrawn(bitmap, plan, type, exactly !== undefined);
    return { blob, width, height, scaled, ending: ENDINGS[isAccepted(blob.type) ? blob.type : "image/png"] };
  } finally {
    bitmap.close();
  }
}

export function isAccepted(type: string): type is Accepted {
  return (ACCEPTED as readonly string[]).includes(type);
}

const BEGINNINGS: readonly [Accepted, RegExp][] = [
  ["image/png", /^\x89PNG\r\n\x1a\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
];

/** What a file is by its first bytes, whatever it is called; empty for what isn't accepted as it is. */
async function typeOf(file: Blob): Promise<Accepted | ""> {
  const first = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...first);
  return BEGINNINGS.find(([, beginning]) => beginning.test(text))?.[0] ?? "";
}

async function decoded(label: string, file: Blob): Promise<ImageBitmap> {
  try {
    // Upright, as the listener will see it.
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    const name = file instanceof File && file.name !== "" ? file.name : label;
    throw new Unfit(words().mistakes.noPicture(label, name));
  }
}

async function redrawn(bitmap: ImageBitmap, size: Size, type: string, mask: boolean): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser can't draw pictures anew");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, size.width, size.height);
  // A mask is kept exactly; a JPEG has nothing transparent to lose; the rest may.
  const types = mask ? ["image/png"] : type === "image/jpeg" ? ["image/jpeg"] : ["image/webp", "image/jpeg"];
  for (const wanted of types) {
    const blob = await encoded(canvas, wanted);
    if (blob && isAccepted(blob.type) && blob.size < MOST_BYTES) return blob;
  }
  throw new Error("this browser can't write a picture that is small enough");
}

function encoded(canvas: HTMLCanvasElement, type: string): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, type, 0.92));
}
