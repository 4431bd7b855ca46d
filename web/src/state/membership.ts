/** Mistakes with e-mails and passwords: at which field they are told, and in which words. */

import { explained } from "../words";
import { words } from "../words/account";

export type Place = "email" | "password" | "form";

export interface Trouble {
  place: Place;
  words: string;
}

type Mistake = keyof ReturnType<typeof words>["mistakes"];

const KNOWN: Readonly<Record<string, readonly [Place, Mistake]>> = {
  "auth/invalid-email": ["email", "badEmail"],
  "auth/missing-email": ["email", "noEmail"],
  "auth/missing-password": ["password", "noPassword"],
  "auth/weak-password": ["password", "weak"],
  "auth/password-does-not-meet-requirements": ["password", "weak"],
  "auth/email-already-in-use": ["email", "taken"],
  "auth/credential-already-in-use": ["email", "taken"],
  "auth/invalid-credential": ["password", "wrong"],
  "auth/wrong-password": ["password", "wrong"],
  "auth/user-not-found": ["password", "wrong"],
  "auth/user-mismatch": ["password", "wrong"],
  "auth/user-disabled": ["form", "disabled"],
  "auth/popup-closed-by-user": ["form", "closed"],
  "auth/cancelled-popup-request": ["form", "closed"],
  "auth/popup-blocked": ["form", "blocked"],
  "auth/operation-not-allowed": ["form", "notOffered"],
  "auth/requires-recent-login": ["form", "recent"],
};

export function troubleOf(error: unknown): Trouble {
  const known = KNOWN[(error as { code?: string }).code ?? ""];
  if (!known) return { place: "form", words: explained(error) };
  return { place: known[0], words: words().mistakes[known[1]] };
}

/** What is missing before anything is asked of Firebase. */
export function missing(email: string, password: string | null): Trouble | null {
  if (email.trim() === "") return { place: "email", words: words().mistakes.noEmail };
  if (password === "") return { place: "password", words: words().mistakes.noPassword };
  return null;
}
