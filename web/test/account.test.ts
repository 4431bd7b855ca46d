import { Timestamp } from "firebase/firestore";
import { expect, test } from "vitest";
import {
  type Account,
  accountFrom,
  charged,
  doubtful,
  MOST_A_DAY,
  MOST_WAITING,
  refusedForToday,
  TooMuch,
} from "../src/firebase/account";

const day = new Timestamp(1000, 0);
const ids = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`);
const account = (fields: Partial<Account>): Account => ({ ...accountFrom(undefined), ...fields });

test("the first task begins the count", () => {
  expect(charged(accountFrom(undefined), "t0", [])).toEqual({ waiting: ["t0"], day: "now", today: 1 });
});

test("a record that the server made without a count begins it", () => {
  const made = accountFrom({ rank: day, last_task: "t0" });
  expect(charged(made, "t1", [])).toEqual({ waiting: ["t1"], day: "now", today: 1 });
});

test("one more task adds one, and strikes off what is over", () => {
  const before = account({ waiting: ["t0", "t1"], day, today: 2 });
  expect(charged(before, "t2", ["t0"])).toEqual({ waiting: ["t1", "t2"], day, today: 3 });
});

test("the oldest are looked up once there are many", () => {
  expect(doubtful(account({ waiting: ids(19) }))).toEqual([]);
  expect(doubtful(account({ waiting: ids(30) }))).toEqual(["t0", "t1", "t2", "t3", "t4"]);
});

test("more than may wait are refused here, with what to do", () => {
  const full = account({ waiting: ids(MOST_WAITING), day, today: 100 });
  expect(() => charged(full, "new", [])).toThrow(TooMuch);
  expect(charged(full, "new", ["t4"]).waiting).toHaveLength(MOST_WAITING);
});

test("when the day is used up, a new one is tried, and its refusal explained", () => {
  const used = account({ waiting: [], day, today: MOST_A_DAY });
  expect(charged(used, "new", [])).toEqual({ waiting: ["new"], day: "now", today: 1 });
  expect(refusedForToday(used, day.toMillis() + 3_600_000)?.message).toContain("in 23 h");
  expect(refusedForToday(account({ day, today: 3 }), 0)).toBeNull();
});
