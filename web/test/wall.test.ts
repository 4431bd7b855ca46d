import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FIRST_VIEW, NoPage, openWall, PAGE_SIZE } from "../src/firebase/wall";

const config = { options: { projectId: "demo", apiKey: "a key" }, emulators: {} };
const folder = "projects/demo/databases/(default)/documents/queue";
const asked = vi.fn<(address: string, init: RequestInit) => Promise<Response>>();

function row(id: string, likes = 0) {
  const thumbnail = { mapValue: { fields: { path: { stringValue: `results/${id}.webp` } } } };
  const size = { width: { integerValue: "320" }, height: { doubleValue: 213.5 } };
  const fields = {
    uid: { stringValue: "painter" },
    prompt: { stringValue: `a picture of ${id}` },
    renderer: { stringValue: "clipdraw" },
    likes: { integerValue: String(likes) },
    hidden: { booleanValue: false },
    finished_at: { timestampValue: "2026-05-01T12:00:00.123456Z" },
    result: { mapValue: { fields: { thumbnail, ...size } } },
  };
  return { document: { name: `${folder}/${id}`, fields }, readTime: "2026-05-01T12:00:01Z" };
}

const answer = (told: unknown, status = 200) => new Response(JSON.stringify(told), { status });
const fullPage = Array.from({ length: PAGE_SIZE }, (_, index) => row(`p${index}`, index));
interface Query {
  orderBy: { field: { fieldPath: string } }[];
  startAt?: unknown;
}
const query = (call: number) =>
  (JSON.parse(asked.mock.calls[call]?.[1].body as string) as { structuredQuery: Query }).structuredQuery;

beforeEach(() => vi.stubGlobal("fetch", asked));
afterEach(() => {
  asked.mockReset();
  vi.unstubAllGlobals();
});

test("a page is what is shown of the documents, and of one with nothing to show nothing", async () => {
  const bare = { document: { name: `${folder}/bare`, fields: { prompt: { stringValue: "no result" } } } };
  asked.mockResolvedValueOnce(answer([row("a", 3), bare, { readTime: "…" }]));
  expect(await openWall(config).page(FIRST_VIEW, null)).toEqual({
    pictures: [
      {
        id: "a",
        uid: "painter",
        prompt: "a picture of a",
        renderer: "clipdraw",
        result: { thumbnail: { path: "results/a.webp" }, width: 320, height: 213.5 },
        likes: 3,
        hidden: false,
      },
    ],
    next: null,
  });
});

test("the next page begins after the last picture, also among those of the same moment", async () => {
  asked.mockImplementation(() => Promise.resolve(answer(fullPage)));
  const wall = openWall(config);
  const view = { order: "liked", renderer: "clipdraw" } as const;
  const { next } = await wall.page(view, null);
  await wall.page(view, next);
  expect(query(0).startAt).toBeUndefined();
  expect(query(1).orderBy.map(({ field }) => field.fieldPath)).toEqual(["likes", "finished_at", "__name__"]);
  expect(query(1).startAt).toEqual({
    before: false,
    values: [
      { integerValue: "23" },
      { timestampValue: "2026-05-01T12:00:00.123456Z" },
      { referenceValue: `${folder}/p23` },
    ],
  });
});

test("a page is asked for without leave being asked first, of the project that the site belongs to", async () => {
  asked.mockResolvedValueOnce(answer([]));
  await openWall(config).page(FIRST_VIEW, null);
  const [address, { headers, body }] = asked.mock.calls[0] ?? ["", {}];
  expect(address).toContain(
    "https://firestore.googleapis.com/v1/projects/demo/databases/(default)/documents",
  );
  expect([headers, typeof body]).toEqual([undefined, "string"]);
});

test("what was asked ahead is given once, and to the first view alone", async () => {
  asked.mockImplementation(() => Promise.resolve(answer(fullPage)));
  const wall = openWall(config);
  const ahead = await wall.askAhead();
  expect(await wall.page(FIRST_VIEW, null)).toBe(ahead);
  await wall.page(FIRST_VIEW, null);
  expect(asked).toHaveBeenCalledTimes(2);
  await wall.askAhead();
  await wall.page({ ...FIRST_VIEW, order: "liked" }, null);
  expect(asked).toHaveBeenCalledTimes(4);
});

test.each([
  [() => answer([{ error: { status: "PERMISSION_DENIED", message: "no" } }], 403), "permission-denied"],
  [() => answer({ error: { status: "FAILED_PRECONDITION", message: "index" } }, 400), "failed-precondition"],
  [() => new Response("<html>", { status: 502 }), "unavailable"],
  [() => Promise.reject(new TypeError("away")), "unavailable"],
])("a page that can't be had says why as the SDK would: %#", async (come, code) => {
  asked.mockImplementationOnce(async () => come());
  const failed = await openWall(config)
    .page(FIRST_VIEW, null)
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(NoPage);
  expect((failed as NoPage).code).toBe(code);
});
