import { afterEach, expect, test } from "vitest";
import { missing, troubleOf } from "../src/state/membership";
import { speak } from "../src/words/language";

afterEach(() => speak("en"));

test.each([
  ["auth/email-already-in-use", "email", "already"],
  ["auth/invalid-credential", "password", "belong together"],
  ["auth/weak-password", "password", "at least 6"],
  ["auth/popup-blocked", "form", "blocked"],
  ["auth/network-request-failed", "form", "connection"],
])("%s is told at the %s", (code, place, words) => {
  const trouble = troubleOf({ code, message: "Firebase: Error" });
  expect(trouble.place).toBe(place);
  expect(trouble.words).toContain(words);
});

test("what nobody foresaw is told in its own words", () => {
  expect(troubleOf(new Error("no space left"))).toEqual({ place: "form", words: "no space left" });
});

test("what is missing is told before Firebase is asked", () => {
  expect(missing(" ", "secret")).toMatchObject({ place: "email" });
  expect(missing("ann@example.org", "")).toMatchObject({ place: "password" });
  expect(missing("ann@example.org", null)).toBeNull();
  speak("de");
  expect(missing("", "")?.words).toContain("E-Mail-Adresse");
});
