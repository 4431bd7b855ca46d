import { execFileSync } from "node:child_process";
import { deflateSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { crc32, isPng, LONGEST_TEXT, pngText } from "../src/pictures/png";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const bytes = (text: string) => new TextEncoder().encode(text);

function chunk(name: string, data: Uint8Array | string, sum?: number): Uint8Array {
  const body = typeof data === "string" ? bytes(data) : data;
  const whole = new Uint8Array(body.length + 12);
  const view = new DataView(whole.buffer);
  view.setUint32(0, body.length);
  whole.set(bytes(name), 4);
  whole.set(body, 8);
  view.setUint32(body.length + 8, sum ?? crc32(whole.subarray(4, body.length + 8)));
  return whole;
}

function png(...chunks: Uint8Array[]): Uint8Array {
  return Uint8Array.from([...SIGNATURE, ...chunks.flatMap((one) => [...one])]);
}

const END = chunk("IEND", "");
const international = (text: string, keyword = "brushfire") => chunk("iTXt", `${keyword}\0\0\0\0\0${text}`);

test("the check sum is that of PNG", () => {
  expect(crc32(bytes("IEND"))).toBe(0xae426082);
});

test("a text is found under its keyword, whatever comes before it", async () => {
  const picture = png(
    chunk("IDAT", "x".repeat(9)),
    international("other", "Title"),
    international("é ♥"),
    END,
  );
  expect(await pngText(picture, "brushfire")).toBe("é ♥");
});

test("a plain text is one, too", async () => {
  expect(await pngText(png(chunk("tEXt", "brushfire\0a text"), END), "brushfire")).toBe("a text");
});

test("a compressed text is inflated", async () => {
  const packed = [...bytes("brushfire\0\x01\0en\0Rezept\0"), ...deflateSync("the recipe")];
  expect(await pngText(png(chunk("iTXt", Uint8Array.from(packed)), END), "brushfire")).toBe("the recipe");
});

test("a few bytes that inflate to a mountain are no recipe", async () => {
  const packed = [...bytes("brushfire\0\x01\0\0\0"), ...deflateSync("a".repeat(50 * LONGEST_TEXT))];
  expect(await pngText(png(chunk("iTXt", Uint8Array.from(packed)), END), "brushfire")).toBeNull();
});

test.each([
  ["nothing", new Uint8Array()],
  ["another format", bytes("GIF89a and more of it")],
  ["a signature alone", png()],
  ["a file that is cut off within the text", png(international("text")).slice(0, 30)],
  ["a file that is cut off before the check sum", png(international("text")).slice(0, -3)],
  ["a wrong check sum", png(chunk("iTXt", "brushfire\0\0\0\0\0text", 7), END)],
  ["text after the end", png(END, international("text"))],
  ["no keyword", png(chunk("iTXt", "no zero at all"), END)],
  ["an empty keyword", png(chunk("tEXt", "\0text"), END)],
  ["fields that never end", png(chunk("iTXt", "brushfire\0\0\0text"), END)],
  ["an unknown compression", png(chunk("iTXt", "brushfire\0\x02\0\0\0text"), END)],
  ["damaged compression", png(chunk("iTXt", "brushfire\0\x01\0\0\0text"), END)],
  [
    "a text that isn't UTF-8",
    png(chunk("iTXt", Uint8Array.from([...bytes("brushfire\0\0\0\0\0"), 0xff])), END),
  ],
  ["a text that is too long", png(international("x".repeat(LONGEST_TEXT)), END)],
])("%s holds no text", async (_, picture) => {
  expect(await pngText(picture, "brushfire")).toBeNull();
});

test("a length that was never true ends the reading", async () => {
  const lying = png(chunk("IDAT", "data"), international("text"), END);
  new DataView(lying.buffer).setUint32(8, 0xffffffff);
  expect(await pngText(lying, "brushfire")).toBeNull();
});

test("a damaged chunk doesn't hide a sound one", async () => {
  const picture = png(chunk("tEXt", "brushfire\0wrong", 1), international("right"), END);
  expect(await pngText(picture, "brushfire")).toBe("right");
});

test("ten thousand random beginnings are read without an error", async () => {
  const picture = png(chunk("IDAT", "some data"), international('{"a": 1}'), END);
  let state = 7;
  const random = (limit: number) => (state = (state * 48271) % 0x7fffffff) % limit;
  for (let round = 0; round < 10_000; round++) {
    const wild = picture.slice(0, random(picture.length) + 1);
    wild[8 + random(Math.max(1, wild.length - 8))] = random(256);
    const text = await pngText(wild, "brushfire");
    expect(text === null || text === '{"a": 1}').toBe(true);
  }
});

// What the listener really writes, made by its own code.
const WRITE = `
import sys, numpy as np
from contract.recipe import Recipe
from listener.png import encode_png
recipe = Recipe(prompt="a <b>house</b> ♥", renderer="pixeldraw", params={"cells": 8}, seed=2**53 - 1, version="1")
sys.stdout.buffer.write(encode_png(np.zeros((8, 8, 3), np.uint8), recipe))
`;
let written: Uint8Array;
beforeAll(() => {
  const root = new URL("../../", import.meta.url).pathname;
  const python = process.env.PYTHON ?? `${root}.venv/bin/python`;
  written = execFileSync(python, ["-c", WRITE], { cwd: root });
}, 60_000);

test("the listener's own PNG is read", async () => {
  expect(isPng(written)).toBe(true);
  expect(JSON.parse((await pngText(written, "brushfire")) ?? "")).toMatchObject({
    prompt: "a <b>house</b> ♥",
    renderer: "pixeldraw",
    params: { cells: 8 },
    seed: Number.MAX_SAFE_INTEGER,
  });
});
