/**
 * The texts that a PNG carries: chunks tEXt and iTXt of ISO/IEC 15948. The file is a stranger's: every length is
 * looked at before it is believed, and a chunk whose check sum is wrong isn't read.
 */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** A chunk's length, name and check sum. */
const AROUND = 12;
/** So long a text is no recipe. */
export const LONGEST_TEXT = 256 * 1024;
/** So many chunks are looked at: a picture cut into the smallest common pieces has fewer. */
const MOST_CHUNKS = 20_000;

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, place) => bytes[place] === byte);
}

/** The first text under a keyword; null if there is none that can be read. Rejects never. */
export async function pngText(bytes: Uint8Array, keyword: string): Promise<string | null> {
  for (const { name, data, sound } of chunksOf(bytes)) {
    if (name !== "tEXt" && name !== "iTXt") continue;
    if (data.length > LONGEST_TEXT || keywordOf(data) !== keyword || !sound()) continue;
    const text = name === "tEXt" ? plainText(data) : await internationalText(data);
    if (text !== null) return text;
  }
  return null;
}

interface Chunk {
  name: string;
  data: Uint8Array;
  /** Whether its check sum is right; asked only of the chunks that are read. */
  sound: () => boolean;
}

function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  if (!isPng(bytes)) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = SIGNATURE.length;
  for (let count = 0; count < MOST_CHUNKS && at + AROUND <= bytes.length; count++) {
    const length = view.getUint32(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) return; // cut off, or a length that was never true
    const name = latin1(bytes.subarray(at + 4, at + 8));
    const summed = bytes.subarray(at + 4, end);
    yield {
      name,
      data: bytes.subarray(at + 8, end),
      sound: () => crc32(summed) === view.getUint32(end),
    };
    if (name === "IEND") return;
    at = end + 4;
  }
}

function keywordOf(data: Uint8Array): string | null {
  const end = data.subarray(0, 80).indexOf(0);
  return end > 0 ? latin1(data.subarray(0, end)) : null;
}

function plainText(data: Uint8Array): string {
  return latin1(data.subarray(data.indexOf(0) + 1));
}

/** Keyword, whether it is compressed and how, a language and the keyword in it, each ended by a zero; the text. */
async function internationalText(data: Uint8Array): Promise<string | null> {
  const flags = data.indexOf(0) + 1;
  const compressed = data[flags];
  const language = data.indexOf(0, flags + 2);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) return null;
  const text = data.subarray(translated + 1);
  if (compressed === 0) return utf8(text);
  if (compressed !== 1 || data[flags + 1] !== 0) return null;
  const inflated = await inflate(text);
  return inflated && utf8(inflated);
}

/** What was compressed by zlib; null if it is damaged, or becomes too long to be a recipe. */
async function inflate(data: Uint8Array): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = new Blob([new Uint8Array(data)]).stream().pipeThrough(new DecompressionStream("deflate"));
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      length += part.value.length;
      if (length > LONGEST_TEXT) {
        await reader.cancel();
        return null;
      }
    }
  } catch {
    return null;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The check sum of PNG's annex D. */
export function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
