import { expect, test, vi } from "vitest";
import { NoFirebase, readConfig } from "../src/config";

const served = { projectId: "demo", apiKey: "key", storageBucket: "demo.appspot.com" };

test("what Hosting serves is the SDK's options", () => {
  expect(readConfig(served)).toEqual({ options: served, emulators: {} });
});

test("the addresses of a local Firebase are kept apart from the SDK's options", () => {
  const emulators = { firestore: { host: "127.0.0.1", port: 8080 } };
  expect(readConfig({ ...served, emulators })).toEqual({ options: served, emulators });
});

test.each([null, "text", {}, { projectId: "demo" }])("%j is no configuration", (wrong) => {
  expect(() => readConfig(wrong)).toThrow(NoFirebase);
});

test("a configuration without a key says which one", () => {
  expect(() => readConfig({ projectId: "demo" })).toThrow("/__/firebase/init.json has no apiKey");
});

test("a demo project, which exists in emulators alone, is never looked for anywhere else", () => {
  vi.stubGlobal("location", { hostname: "localhost" });
  expect(readConfig({ ...served, projectId: "demo-site" }).emulators).toEqual({
    firestore: { host: "localhost", port: 8080 },
    auth: { host: "localhost", port: 9099 },
    storage: { host: "localhost", port: 9199 },
  });
  vi.unstubAllGlobals();
});
