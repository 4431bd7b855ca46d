import { effect } from "@preact/signals";
import { expect, test } from "vitest";
import { watchedSignal } from "../src/state/watched";

function watching() {
  const count = { begun: 0, ended: 0 };
  let send: (value: number) => void = () => {};
  const value = watchedSignal<number>((onValue) => {
    count.begun += 1;
    send = onValue;
    return () => {
      count.ended += 1;
    };
  });
  return { count, value, send: (next: number) => send(next) };
}

test("nothing is asked for until somebody reads", () => {
  const { count, value } = watching();
  expect(value.peek()).toBeNull();
  expect(count).toEqual({ begun: 0, ended: 0 });
});

test("however many read, it is asked for once, until the last has gone", () => {
  const { count, value, send } = watching();
  const seen: (number | null)[] = [];
  const first = effect(() => {
    seen.push(value.value);
  });
  let read = 0;
  const second = effect(() => {
    read = value.value ?? 0;
  });
  send(7);
  expect(read).toBe(7);
  expect(seen).toEqual([null, 7]);
  first();
  expect(count).toEqual({ begun: 1, ended: 0 });
  second();
  expect(count).toEqual({ begun: 1, ended: 1 });
  expect(value.peek()).toBeNull();
});
