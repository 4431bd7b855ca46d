import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KNOWN_RENDERERS } from "../src/contract";
import type { Files } from "../src/firebase/storage";
import { fieldsOf } from "../src/options/fields";
import { Draft } from "../src/state/draft";
import { type PictureField, Uploads } from "../src/state/uploads";

const PATH = /^uploads\/me\/[0-9a-f]{32}\.png$/;

/** A Storage that keeps what it is given once it is let, and remembers what was discarded. */
class Shelf {
  readonly kept = new Map<string, Blob>();
  readonly discarded: string[] = [];
  readonly waiting: { arrive: () => void; fail: (code: string) => void; onPart: (part: number) => void }[] =
    [];

  readonly files = {
    upload: (path: string, content: Blob, onPart: (part: number) => void) => {
      const cancel = vi.fn();
      const done = new Promise<void>((resolve, reject) => {
        const arrive = () => {
          this.kept.set(path, content);
          resolve();
        };
        const fail = (code: string) => reject(Object.assign(new Error(code), { code }));
        this.waiting.push({ arrive, fail, onPart });
        cancel.mockImplementation(() => fail("storage/canceled"));
      });
      return { done, cancel };
    },
    discard: (path: string) => {
      this.discarded.push(path);
      return Promise.resolve();
    },
    addressOfUpload: (path: string) => Promise.resolve(`https://storage/${path}`),
  } as unknown as Files;
}

let shelf: Shelf;
let draft: Draft;
let uploads: Uploads;
// Called what it isn't, as files are: what counts is how it begins.
const PNG = new File([Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 1, 2, 3])], "a.jpg", {
  type: "image/jpeg",
});
const fieldNamed = (name: string): PictureField => {
  const all = Object.values(KNOWN_RENDERERS).flatMap(({ options }) => fieldsOf(options));
  const field = all.find((one) => one.name === name);
  if (field?.kind !== "upload" && field?.kind !== "uploads") throw new Error(`no field ${name}`);
  return field;
};
const beginning = fieldNamed("init_image");
const several = fieldNamed("image_prompts");
const passed = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  shelf = new Shelf();
  draft = new Draft();
  uploads = new Uploads(shelf.files, { signIn: () => Promise.resolve("me") }, draft);
  vi.stubGlobal("createImageBitmap", () => Promise.resolve({ width: 640, height: 320, close: () => {} }));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test("a picture is uploaded among its owner's own, and the form holds its path", async () => {
  const done = uploads.attach(beginning, PNG);
  await passed();
  shelf.waiting[0]?.onPart(0.5);
  expect(uploads.transfers.value).toMatchObject([{ field: "init_image", part: 0.5 }]);
  shelf.waiting[0]?.arrive();
  await done;
  const path = draft.typed.value.init_image ?? "";
  expect(path).toMatch(PATH);
  expect(shelf.kept.get(path)).toMatchObject({ size: PNG.size, type: "image/png" });
  expect(uploads.transfers.value).toEqual([]);
  expect(uploads.seenAt(path)).toMatchObject({ width: 640, height: 320, scaled: false });
});

test("of two that are chosen after each other the second stays, however late the first one comes", async () => {
  const first = uploads.attach(beginning, PNG);
  await passed();
  const second = uploads.attach(beginning, PNG);
  await passed();
  shelf.waiting[1]?.arrive();
  await Promise.all([first, second]);
  expect(draft.typed.value.init_image).toBe([...shelf.kept.keys()][0]);
  expect(draft.mistakes.value).toEqual({});
});

test("what went wrong is told at the field, and nothing is sent meanwhile", async () => {
  void uploads.attach(beginning, PNG);
  await passed();
  const settled = uploads.settled();
  shelf.waiting[0]?.fail("storage/unauthorized");
  expect(await settled).toBe(false);
  expect(draft.mistakes.value.init_image).toMatch(/could not be uploaded.*rules don't allow/);
  expect(await uploads.settled()).toBe(true);
});

test("nothing is drawn without a picture that didn't arrive, until another does or the visitor says so", async () => {
  draft.typePrompt("a boat");
  const asked = () => draft.read(KNOWN_RENDERERS)?.params ?? null;
  const fail = async () => {
    const done = uploads.attach(beginning, PNG);
    await passed();
    shelf.waiting.at(-1)?.fail("storage/retry-limit-exceeded");
    await done;
  };
  await fail();
  expect([asked(), asked()]).toEqual([null, null]);
  expect(draft.mistakes.value.init_image).toMatch(/could not be uploaded/);
  await attached(beginning);
  expect(asked()?.init_image).toMatch(PATH);
  draft.type("init_image", "");
  await fail();
  expect(asked()).toBeNull();
  draft.forgive("init_image"); // "Go on without it"
  expect(asked()).not.toBeNull();
});

test("a file that is no picture is told by its name, and not uploaded", async () => {
  vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("no")));
  await uploads.attach(beginning, new File(["<script>"], "<b>.html", { type: "image/png" }));
  expect(draft.mistakes.value.init_image).toContain("<b>.html can't be read as a picture");
  expect(shelf.waiting).toEqual([]);
});

async function attached(field: PictureField): Promise<string> {
  const done = uploads.attach(field, PNG);
  await passed();
  shelf.waiting.at(-1)?.arrive();
  await done;
  return [...shelf.kept.keys()].at(-1) ?? "";
}

test("a picture that is taken out again leaves nothing behind, and takes its mask along", async () => {
  const path = await attached(beginning);
  const mask = await attached(fieldNamed("mask"));
  if (beginning.kind === "upload") uploads.empty(beginning);
  expect(draft.typed.value).toMatchObject({ init_image: "", mask: "" });
  expect(shelf.discarded).toEqual([path, mask]);
});

test("a picture that a task has been sent with stays for the task", async () => {
  const path = await attached(beginning);
  uploads.sent({ init_image: path });
  if (beginning.kind === "upload") uploads.empty(beginning);
  expect(draft.typed.value.init_image).toBe("");
  expect(shelf.discarded).toEqual([]);
});

test("several pictures stand side by side, up to as many as there may be", async () => {
  const paths = [await attached(several), await attached(several)];
  expect(draft.typed.value.image_prompts).toBe(paths.join("\n"));
  await attached(several);
  await attached(several);
  await uploads.attach(several, PNG);
  expect(shelf.kept.size).toBe(4);
  expect(draft.mistakes.value.image_prompts).toContain("at most 4 pictures");
});

test("pictures of another account are told before anything is sent", () => {
  expect(uploads.belongTo("me", { init_image: "uploads/me/a.png" })).toBe(true);
  expect(uploads.belongTo("me", { image_prompts: [{ image: "uploads/you/a.png" }] })).toBe(false);
  expect(Object.keys(draft.mistakes.value)).toEqual(["image_prompts"]);
});
