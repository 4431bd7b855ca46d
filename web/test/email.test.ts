import { expect, test, vi } from "vitest";
import { emailMistake, EmailChoice, LONGEST_ADDRESS } from "../src/state/email";

test.each(["a@b.c", "first.last+tag@mail.example.org", "ü@example.org"])("%s is an address", (address) => {
  expect(emailMistake(address)).toBeNull();
});

test.each(["nobody", "a@b", "a b@c.d", "a@b..c", "a@@b.c", "a@b.c\nBcc: d@e.f"])("%j is none", (address) => {
  expect(emailMistake(address)).toContain("no e-mail address");
});

test("an address that the rules would refuse for its length is told", () => {
  expect(emailMistake(`${"a".repeat(LONGEST_ADDRESS)}@b.c`)).toContain(`at most ${LONGEST_ADDRESS}`);
});

test("nothing is wrong, and nothing sent, while no e-mail is wanted", () => {
  const email = new EmailChoice();
  email.change({ address: "nobody" });
  expect([email.address(), email.mistake()]).toEqual([null, null]);
  email.change({ wanted: true, address: " me@example.org " });
  expect([email.address(), email.mistake()]).toEqual(["me@example.org", null]);
});

test("the browser keeps the address only for whoever wishes it, and forgets it again", () => {
  const store = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
    removeItem: (key: string) => store.delete(key),
  });
  const email = new EmailChoice();
  email.change({ wanted: true, address: "me@example.org" });
  expect([...store.values()].join("")).toBe("");
  email.change({ remembered: true });
  expect(new EmailChoice().now.value).toEqual({ wanted: false, address: "me@example.org", remembered: true });
  email.change({ remembered: false });
  expect([...store.values()].join("")).toBe("");
  vi.unstubAllGlobals();
});
