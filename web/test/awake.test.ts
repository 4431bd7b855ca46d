import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { awake, followSight, SLEEP_AFTER_MILLIS, whileAwake } from "../src/state/awake";

class Page extends EventTarget {
  visibilityState: DocumentVisibilityState = "visible";

  become(state: DocumentVisibilityState) {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

const page = new Page();
let stopFollowing = () => {};

beforeEach(() => {
  vi.useFakeTimers();
  page.visibilityState = "visible";
  stopFollowing = followSight(page);
});

afterEach(() => {
  stopFollowing();
  vi.useRealTimers();
});

function subscription() {
  const count = { begun: 0, ended: 0 };
  const stop = whileAwake(() => {
    count.begun += 1;
    return () => {
      count.ended += 1;
    };
  });
  return { count, stop };
}

test("a glance at another tab costs nothing", () => {
  const { count, stop } = subscription();
  page.become("hidden");
  vi.advanceTimersByTime(SLEEP_AFTER_MILLIS - 1);
  page.become("visible");
  vi.advanceTimersByTime(SLEEP_AFTER_MILLIS * 2);
  expect(count).toEqual({ begun: 1, ended: 0 });
  stop();
});

test("out of sight for long, a page asks for nothing, and for everything again when it is looked at", () => {
  const { count, stop } = subscription();
  page.become("hidden");
  vi.advanceTimersByTime(SLEEP_AFTER_MILLIS);
  expect(awake.value).toBe(false);
  expect(count).toEqual({ begun: 1, ended: 1 });
  page.become("visible");
  expect(count).toEqual({ begun: 2, ended: 1 });
  stop();
  expect(count).toEqual({ begun: 2, ended: 2 });
});

test("what begins while nobody looks waits until somebody does", () => {
  page.become("hidden");
  vi.advanceTimersByTime(SLEEP_AFTER_MILLIS);
  const { count, stop } = subscription();
  expect(count.begun).toBe(0);
  page.become("visible");
  expect(count.begun).toBe(1);
  stop();
});

test("what was stopped is not taken up again", () => {
  const { count, stop } = subscription();
  stop();
  page.become("hidden");
  vi.advanceTimersByTime(SLEEP_AFTER_MILLIS);
  page.become("visible");
  expect(count).toEqual({ begun: 1, ended: 1 });
});
