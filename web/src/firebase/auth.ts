/** Who the visitor is: an anonymous account, made when it is first needed and kept by the browser. */

import type { FirebaseApp } from "firebase/app";
import {
  type Auth,
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
  inMemoryPersistence,
  onAuthStateChanged,
  onIdTokenChanged,
  signInAnonymously,
  type Unsubscribe,
  type User,
} from "firebase/auth";
import type { Address } from "../config";

/** An account as the page shows it. */
export interface Visitor {
  uid: string;
  /** Whether it lives in this browser alone, so that nobody can come back to it from elsewhere. */
  anonymous: boolean;
  email: string | null;
  /** The ways to sign in to it: `password`, `google.com`. */
  ways: string[];
  /** Whether it may look after the queue and the gallery. */
  operator: boolean;
}

export interface Accounts {
  /** For firebase/membership.ts, which is loaded only where it is needed. */
  readonly auth: Auth;
  /** Whether these are accounts of the local Firebase. */
  readonly local: boolean;
  /** Calls back with the account's id now and at each change; null while there is none. */
  watch(onChange: (uid: string | null) => void): Unsubscribe;
  /** Calls back with all that is known of the account, now and whenever something of it changes. */
  watchVisitor(onVisitor: (visitor: Visitor | null) => void): Unsubscribe;
  /** The visitor's account id; makes an account if there is none yet. Rejects with a `FirebaseError`. */
  signIn(): Promise<string>;
  /** Asks the server for the account as it is now: its claims, its e-mail. */
  refresh(): Promise<void>;
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
    auth,
    local: emulator !== undefined,
    watch: (onChange) => onAuthStateChanged(auth, (user) => onChange(user?.uid ?? null)),
    watchVisitor: (onVisitor) => watchVisitor(auth, onVisitor),
    signIn() {
      // Two callers at once must not make two accounts.
      signingIn ??= signInOnce().finally(() => {
        signingIn = null;
      });
      return signingIn;
    },
    refresh: async () => {
      await auth.currentUser?.getIdToken(true);
    },
  };
}

/** An account's token is made anew whenever it gets an e-mail, a password or a claim. */
function watchVisitor(auth: Auth, onVisitor: (visitor: Visitor | null) => void): Unsubscribe {
  let latest: User | null = null;
  let watched = true;
  const stop = onIdTokenChanged(auth, (user) => {
    latest = user;
    if (!user) onVisitor(null);
    else
      void visitorOf(user).then((visitor) => {
        if (watched && latest === user) onVisitor(visitor);
      });
  });
  return () => {
    watched = false;
    stop();
  };
}

async function visitorOf(user: User): Promise<Visitor> {
  // Offline there may be no token to read; who they are is known all the same.
  const claims = await user.getIdTokenResult().then(
    (token) => token.claims,
    () => ({ operator: false }),
  );
  return {
    uid: user.uid,
    anonymous: user.isAnonymous,
    email: user.email,
    ways: user.providerData.map(({ providerId }) => providerId),
    operator: claims.operator === true,
  };
}
