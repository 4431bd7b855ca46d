import { Timestamp } from "firebase/firestore";
import { expect, test } from "vitest";
import { MY_TASKS_LIMIT, type Task } from "../src/firebase/queue";
import { History } from "../src/state/history";

const task = (number: number, status: Task["status"] = "done"): Task => ({
  id: `t${number}`,
  uid: "me",
  prompt: `picture ${number}`,
  renderer: "pixeldraw",
  params: {},
  public: false,
  status,
  cancel_requested: false,
  created_at: new Timestamp(1000 + number, 0),
});

/** Tasks of these numbers, newest first. */
const tasks = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, index) => task(from - index));

function historyOf(stored: Task[]) {
  const watched = new Map<string, (task: Task | null) => void>();
  const asked: string[] = [];
  const history = new History({
    tasksBefore(_uid, { id, created_at }) {
      asked.push(id);
      const older = stored.filter((other) => (other.created_at ?? 0) < (created_at ?? 0));
      return Promise.resolve(older.slice(0, MY_TASKS_LIMIT));
    },
    watchTask(id, onTask) {
      watched.set(id, onTask);
      return () => watched.delete(id);
    },
  });
  const ids = () => history.tasks.value?.map(({ id }) => id);
  return { history, watched, asked, ids };
}

test("fewer than are watched are all there are", () => {
  const { history } = historyOf([]);
  expect(history.tasks.value).toBeNull();
  history.show(tasks(3, 1));
  expect(history.more.value).toBe("none");
});

test("older ones come page by page, until there are none", async () => {
  const all = tasks(60, 1);
  const { history, asked, ids } = historyOf(all);
  history.show(all.slice(0, MY_TASKS_LIMIT));
  expect(history.more.value).toBe("some");
  await history.loadMore("me");
  expect(ids()).toHaveLength(2 * MY_TASKS_LIMIT);
  expect(history.more.value).toBe("some");
  await history.loadMore("me");
  expect(ids()).toEqual(all.map(({ id }) => id));
  expect(history.more.value).toBe("none");
  await history.loadMore("me");
  expect(asked).toEqual(["t37", "t13"]);
});

test("a new task pushes the oldest out of what is watched, but not out of sight", () => {
  const { history, ids } = historyOf([]);
  history.show(tasks(24, 1));
  history.show(tasks(25, 2));
  expect(ids()).toHaveLength(25);
  expect(ids()?.at(-1)).toBe("t1");
});

test("a deleted task is gone, whether it was watched or not", async () => {
  const all = tasks(40, 1);
  const { history, ids } = historyOf(all);
  history.show(tasks(40, 17));
  await history.loadMore("me");
  history.show([...tasks(40, 31), ...tasks(29, 16)]); // t30 was deleted, and t16 moved up
  expect(ids()).not.toContain("t30");
  expect(ids()).toHaveLength(39);
  history.forget("t5");
  expect(ids()).not.toContain("t5");
});

test("an older task that isn't over is watched by itself until it is", () => {
  const { history, watched } = historyOf([]);
  const waiting = task(1, "queued");
  history.show([...tasks(24, 2), waiting]);
  expect(watched.size).toBe(0);
  history.show(tasks(25, 2));
  expect([...watched.keys()]).toEqual(["t1"]);
  watched.get("t1")?.({ ...waiting, status: "running" });
  expect(history.tasks.value?.at(-1)?.status).toBe("running");
  watched.get("t1")?.({ ...waiting, status: "done" });
  expect(watched.size).toBe(0);
  expect(history.tasks.value?.at(-1)?.status).toBe("done");
});

test("a page that can't be had may be asked for again", async () => {
  const history = new History({
    tasksBefore: () => Promise.reject(new Error("away")),
    watchTask: () => () => {},
  });
  history.show(tasks(24, 1));
  await expect(history.loadMore("me")).rejects.toThrow("away");
  expect(history.more.value).toBe("some");
});

test("of another visitor nothing is left", () => {
  const { history, watched } = historyOf([]);
  history.show([...tasks(24, 2), task(1, "queued")]);
  history.show(tasks(25, 2));
  history.clear();
  expect(history.tasks.value).toBeNull();
  expect(history.more.value).toBe("none");
  expect(watched.size).toBe(0);
});
