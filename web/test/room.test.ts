import { afterEach, expect, test, vi } from "vitest";
import { withRoom } from "../src/firebase/room";

const at = (host: string) => ({ options: {}, emulators: { firestore: { host, port: 8080 } } });

afterEach(() => vi.unstubAllGlobals());

test("a tab has a host of its own on this machine, if the browser finds it there", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (address: string) => Promise.resolve(asked.push(address)));
  const config = await withRoom(at("127.0.0.1"), () => 0.25);
  expect(config.emulators.firestore).toEqual({ host: "tab-250000.localhost", port: 8080 });
  expect(asked).toEqual(["http://tab-250000.localhost:8080/"]);
});

test("where such names lead nowhere, the address stays", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("not resolved")));
  expect(await withRoom(at("localhost"))).toEqual(at("localhost"));
});

test("neither a real project nor an emulator elsewhere is asked", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new Error("asked")));
  expect(await withRoom({ options: {}, emulators: {} })).toEqual({ options: {}, emulators: {} });
  expect(await withRoom(at("desk.example"))).toEqual(at("desk.example"));
});
