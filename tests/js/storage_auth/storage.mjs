// The real Storage SDK against the local Storage.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import test from "node:test";
import {
  deleteObject,
  getBytes,
  getDownloadURL,
  getMetadata,
  list,
  listAll,
  ref,
  updateMetadata,
  uploadBytes,
  uploadBytesResumable,
  uploadString,
} from "firebase/storage";
import { newApp, refusal } from "./project.mjs";

const { storage } = newApp();
const at = (path) => ref(storage, path);
const md5 = (bytes) => createHash("md5").update(bytes).digest("base64");

test("bytes and metadata come back as they went up", async () => {
  const bytes = randomBytes(1000);
  const customMetadata = { prompt: "a red circle — ünïcode" };
  const settings = { contentType: "image/png", cacheControl: "public, max-age=60", customMetadata };
  const { metadata } = await uploadBytes(at("plain/a b+c%2F.png"), bytes, settings);
  assert.equal(metadata.fullPath, "plain/a b+c%2F.png");
  assert.equal(metadata.size, 1000);
  assert.equal(metadata.md5Hash, md5(bytes));
  const read = await getMetadata(at("plain/a b+c%2F.png"));
  assert.equal(read.contentType, "image/png");
  assert.equal(read.cacheControl, "public, max-age=60");
  assert.deepEqual(read.customMetadata, customMetadata);
  assert.deepEqual(Buffer.from(await getBytes(at("plain/a b+c%2F.png"))), bytes);
});

test("bytes that hold the multipart boundary's beginning survive", async () => {
  const bytes = Buffer.from("\r\n--\r\n--12345\r\n\r\nContent-Type: text/plain\r\n\r\n--");
  await uploadBytes(at("tricky.bin"), bytes);
  assert.deepEqual(Buffer.from(await getBytes(at("tricky.bin"))), bytes);
  await uploadBytes(at("empty.bin"), new Uint8Array(0));
  assert.equal((await getBytes(at("empty.bin"))).byteLength, 0);
});

test("a data URL is decoded", async () => {
  await uploadString(at("text.txt"), "data:text/plain;base64,aMOpbGxv", "data_url");
  assert.equal(Buffer.from(await getBytes(at("text.txt"))).toString(), "héllo");
});

test("a large upload goes in pieces and can pause", async () => {
  const bytes = randomBytes(3_000_001);
  const task = uploadBytesResumable(at("large.bin"), bytes, { contentType: "video/mp4" });
  const seen = [];
  let paused = 0;
  task.on("state_changed", ({ state, bytesTransferred }) => {
    seen.push(bytesTransferred);
    if (state === "running" && bytesTransferred > 0 && !paused++) task.pause();
    if (state === "paused") setTimeout(() => task.resume(), 0);
  });
  const { metadata } = await task;
  assert.equal(paused > 0, true);
  assert.equal(seen.at(-1), bytes.length);
  assert.equal(metadata.md5Hash, md5(bytes));
  assert.equal(metadata.contentType, "video/mp4");
});

test("a cancelled upload leaves nothing", async () => {
  const task = uploadBytesResumable(at("cancelled.bin"), randomBytes(2_000_000));
  task.on("state_changed", ({ bytesTransferred }) => bytesTransferred > 0 && task.cancel());
  assert.equal(await refusal(task), "storage/canceled");
  assert.equal(await refusal(getMetadata(at("cancelled.bin"))), "storage/object-not-found");
});

test("a download URL opens for whoever has it, and stays the same", async () => {
  await uploadBytes(at("shared/picture.png"), Buffer.from("picture"), { contentType: "image/png" });
  const url = await getDownloadURL(at("shared/picture.png"));
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "image/png");
  assert.match(answer.headers.get("content-disposition"), /^inline; filename\*=utf-8''picture\.png$/);
  assert.equal(await answer.text(), "picture");
  assert.equal(await getDownloadURL(at("shared/picture.png")), url);
});

test("metadata is changed and taken away", async () => {
  const settings = { contentType: "image/png", customMetadata: { keep: "1", drop: "2" } };
  const { metadata } = await uploadBytes(at("meta.png"), Buffer.from("x"), settings);
  const changed = await updateMetadata(at("meta.png"), {
    contentType: "image/webp",
    contentDisposition: 'attachment; filename="x.webp"',
    customMetadata: { drop: null, more: "3" },
  });
  assert.equal(changed.contentType, "image/webp");
  assert.deepEqual(changed.customMetadata, { keep: "1", more: "3" });
  assert.equal(Number(changed.metageneration), Number(metadata.metageneration) + 1);
  assert.equal(changed.generation, metadata.generation);
});

test("folders are listed page by page", async () => {
  for (const name of ["album/1.png", "album/2.png", "album/in/3.png", "album/in/4.png", "albumen.png"]) {
    await uploadBytes(at(name), Buffer.from("x"));
  }
  const all = await listAll(at("album"));
  assert.deepEqual(all.items.map((item) => item.fullPath), ["album/1.png", "album/2.png"]);
  assert.deepEqual(all.prefixes.map((prefix) => prefix.fullPath), ["album/in"]);
  const found = [];
  let pageToken;
  do {
    const page = await list(at("album"), { maxResults: 1, pageToken });
    found.push(...page.items, ...page.prefixes);
    pageToken = page.nextPageToken;
  } while (pageToken);
  assert.deepEqual(found.map(({ fullPath }) => fullPath), ["album/1.png", "album/2.png", "album/in"]);
});

test("what is deleted or was never there isn't found", async () => {
  await uploadBytes(at("gone.txt"), Buffer.from("x"));
  await deleteObject(at("gone.txt"));
  for (const attempt of [getBytes, getMetadata, getDownloadURL, deleteObject]) {
    assert.equal(await refusal(attempt(at("gone.txt"))), "storage/object-not-found");
  }
});
