import { expect, test } from "vitest";
import type { Firebase } from "../src/firebase/app";
import type { Task, TaskRequest } from "../src/firebase/queue";
import { canRepeat, newSeeds, Repeats } from "../src/state/repeats";

const TASK: Task = {
  id: "one",
  uid: "me",
  prompt: "a boat",
  renderer: "pixeldraw",
  params: { cells: 20, seed: 7 },
  public: true,
  status: "done",
  cancel_requested: false,
};

function repeating(refuseFrom = Infinity) {
  const sent: TaskRequest[] = [];
  const told: unknown[] = [];
  const firebase = {
    accounts: { signIn: () => Promise.resolve("me") },
    queue: {
      submit(_uid: string, request: TaskRequest) {
        if (sent.length >= refuseFrom) return Promise.reject(new Error("enough"));
        sent.push(request);
        return Promise.resolve(`new-${sent.length}`);
      },
    },
  } as unknown as Firebase;
  return { repeats: new Repeats(firebase, (error) => told.push(error)), sent, told };
}

test("once more is the same once more", async () => {
  const { repeats, sent } = repeating();
  expect(await repeats.again(TASK)).toBe("new-1");
  expect(sent).toEqual([
    { prompt: "a boat", renderer: "pixeldraw", params: { cells: 20, seed: 7 }, public: true },
  ]);
});

test("variations differ in their seeds alone, and are shown to nobody yet", async () => {
  const { repeats, sent } = repeating();
  expect(await repeats.variations(TASK, 4)).toBe(4);
  expect(new Set(sent.map(({ params }) => params.seed)).size).toBe(4);
  for (const request of sent) {
    expect(request).toMatchObject({ prompt: "a boat", params: { cells: 20 }, public: false });
    expect(request.params.seed).not.toBe(7);
  }
});

test("what the queue refuses is told, and what it took is counted", async () => {
  const { repeats, told } = repeating(1);
  expect(await repeats.variations(TASK, 4)).toBe(1);
  expect(told).toHaveLength(1);
  expect(repeats.sending.value).toBe(false);
});

test("a press of the button while the first is still sent sends nothing", async () => {
  const { repeats, sent } = repeating();
  const first = repeats.again(TASK);
  expect(await repeats.again(TASK)).toBeNull();
  await first;
  expect(sent).toHaveLength(1);
});

test("no seed comes twice, nor the one that the picture has", () => {
  const rolls = [0.000007, 0.000003, 0.000003, 0.000005];
  expect(newSeeds(2, TASK, () => rolls.shift() ?? 0)).toEqual([3, 5]);
});

test("only their owner can begin from uploaded pictures again", () => {
  const begun = {
    ...TASK,
    params: { init_image: "uploads/me/a.png", image_prompts: [{ image: "uploads/me/b.png" }] },
  };
  expect(canRepeat(TASK, null)).toBe(true);
  expect(canRepeat(begun, "me")).toBe(true);
  expect(canRepeat(begun, "you")).toBe(false);
});
