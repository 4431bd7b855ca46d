import { beforeEach, expect, test, vi } from "vitest";
import { renew } from "../src/state/release";

const script = "/assets/index-old.js";
const reload = vi.fn();
const held = new Map<string, string>();
const kept = {
  getItem: (key: string) => held.get(key) ?? null,
  setItem: (key: string, value: string) => void held.set(key, value),
};
const named = (path: string) => () => Promise.resolve(`<script type="module" src="${path}"></script>`);

beforeEach(() => {
  held.clear();
  reload.mockReset();
});

test("a page of an older release is loaded anew, once", async () => {
  const read = named("/assets/index-new.js");
  await renew({ script, read, kept, reload });
  await renew({ script, read, kept, reload });
  expect(reload).toHaveBeenCalledOnce();
  await renew({ script: "/assets/index-new.js", read: named("/assets/index-newest.js"), kept, reload });
  expect(reload).toHaveBeenCalledTimes(2);
});

test("what can't be loaded of the present release, or without a connection, loads nothing anew", async () => {
  await renew({ script, read: named(script), kept, reload });
  await renew({ script, read: () => Promise.reject(new TypeError("away")), kept, reload });
  expect(reload).not.toHaveBeenCalled();
});
