/** Who the visitor is: an anonymous account, made when it is first needed and kept by the browser. */

import type { FirebaseApp } from "firebase/app";
import {
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
  inMemoryPersistence,
  onAuthStateChanged,
  signInAnonymously,
  type Unsubscribe,
} from "firebase/auth";
import type { Address } from "../config";

export interface Accounts {
  /** Calls back with the account's id now and at each change; null while there is none. */
  watch(onChange: (uid: string | null) => void): Unsubscribe;
  /** The visitor's account id; makes an account if there is none yet. Rejects with a `FirebaseError`. */
  signIn(): Promise<string>;
}

export function openAccounts(app: FirebaseApp, emulator: Address | undefined): Accounts {
  const auth = initializeAuth(app, {
    persistence: [indexedDBLocalPersistence, browserLocalPersistence, inMemoryPersistence],
  });
  if (emulator) {
    connectAuthEmulator(auth, `http://${emulator.host}:${emulator.port}`, { disableWarnings: true });
  }
  let signingIn: Promise<string> | null = null;

  async function signInOnce(): Promise<string> {
    await auth.authStateReady();
    return auth.currentUser?.uid ?? (await signInAnonymously(auth)).user.uid;
  }

  return {
    watch: (onChange) => onAuthStateChanged(auth, (user) => onChange(user?.uid ?? null)),
    signIn() {
      // Two callers at once must not make two accounts.
      signingIn ??= signInOnce().finally(() => {
        signingIn = null;
      });
      return signingIn;
    },
  };
}
