import { signal } from "@preact/signals";
import { beforeEach, expect, test, vi } from "vitest";
import { Likes } from "../src/state/likes";

const uid = signal<string | null>("me");
const server = { likedBy: vi.fn(), standing: vi.fn(), like: vi.fn() };
const tell = vi.fn();
const refusal = Object.assign(new Error("no"), { code: "permission-denied" });
let likes: Likes;

beforeEach(() => {
  vi.resetAllMocks();
  uid.value = "me";
  server.likedBy.mockResolvedValue(new Set());
  likes = new Likes(server, { signIn: () => Promise.resolve("me") }, uid, tell);
});

test("a like is shown before the server has it, and counted by one", async () => {
  const sent = likes.toggle("a", 3);
  expect([likes.has("a"), likes.countOf("a", 3)]).toEqual([true, 4]);
  await sent;
  expect(server.like).toHaveBeenCalledWith("me", "a", true);
  await likes.toggle("a", 4);
  expect(server.like).toHaveBeenLastCalledWith("me", "a", false);
  expect([likes.has("a"), likes.countOf("a", 3)]).toEqual([false, 3]);
});

test("a like that the server refuses is taken back, and told", async () => {
  server.like.mockRejectedValue(refusal);
  server.standing.mockResolvedValue({ liked: false, likes: 5 });
  await likes.toggle("a", 3);
  expect([likes.has("a"), likes.countOf("a", 3)]).toEqual([false, 5]);
  expect(tell).toHaveBeenCalledWith(refusal);
});

test("a like that another tab has given already is no trouble", async () => {
  server.like.mockRejectedValue(refusal);
  server.standing.mockResolvedValue({ liked: true, likes: 4 });
  await likes.toggle("a", 3);
  expect([likes.has("a"), likes.countOf("a", 3)]).toEqual([true, 4]);
  expect(tell).not.toHaveBeenCalled();
});

test("where the server can't be asked either, what was shown before is shown again", async () => {
  server.like.mockRejectedValue(refusal);
  server.standing.mockRejectedValue(refusal);
  await likes.toggle("a", 3);
  expect([likes.has("a"), likes.countOf("a", 9)]).toEqual([false, 3]);
  expect(tell).toHaveBeenCalledWith(refusal);
});

test("a second press while the first is on its way does nothing", async () => {
  const sent = likes.toggle("a", 0);
  await likes.toggle("a", 1);
  await sent;
  expect(server.like).toHaveBeenCalledTimes(1);
});

test("which pictures I like is asked for thirty at a time", async () => {
  server.likedBy.mockImplementation((_, ids: string[]) => Promise.resolve(new Set(ids.slice(0, 1))));
  await likes.learn(Array.from({ length: 40 }, (_, index) => `p${index}`));
  expect(server.likedBy.mock.calls.map(([, ids]) => (ids as string[]).length)).toEqual([30, 10]);
  expect(["p0", "p1", "p30"].map((id) => likes.has(id))).toEqual([true, false, true]);
});

test("what was pressed meanwhile is newer than the answer", async () => {
  let answer: (found: Set<string>) => void = () => {};
  server.likedBy.mockReturnValue(new Promise((resolve) => (answer = resolve)));
  const learned = likes.learn(["a"]);
  const sent = likes.toggle("a", 0);
  await sent;
  await likes.toggle("a", 1);
  answer(new Set(["a"]));
  await learned;
  expect(likes.has("a")).toBe(false);
});

test("nobody signed in likes nothing yet, and another account something else", async () => {
  uid.value = null;
  await likes.learn(["a", "b"]);
  expect(server.likedBy).not.toHaveBeenCalled();
  server.likedBy.mockResolvedValue(new Set(["b"]));
  uid.value = "you";
  await vi.waitFor(() => expect(likes.has("b")).toBe(true));
  expect(server.likedBy).toHaveBeenCalledWith("you", ["a", "b"]);
});
