/** What a visitor can do with an account, beside having one: loaded with the screen that offers it. */

import {
  createUserWithEmailAndPassword,
  deleteUser,
  EmailAuthProvider,
  GoogleAuthProvider,
  linkWithCredential,
  reauthenticateWithCredential,
  sendPasswordResetEmail,
  signInWithCredential,
  signInWithEmailAndPassword,
  signInWithPopup,
  linkWithPopup,
  reauthenticateWithPopup,
  browserPopupRedirectResolver,
  signOut,
} from "firebase/auth";
import { FirebaseError } from "firebase/app";
import type { Accounts } from "./auth";

/** Gives the visitor's account an e-mail and a password. It stays the same account, so its pictures stay too. */
export async function signUp({ auth }: Accounts, email: string, password: string): Promise<void> {
  const visitor = auth.currentUser;
  if (!visitor) await createUserWithEmailAndPassword(auth, email, password);
  else {
    await linkWithCredential(visitor, EmailAuthProvider.credential(email, password));
    await visitor.getIdToken(true); // the old one says that the account is anonymous
  }
}

export async function signInAgain({ auth }: Accounts, email: string, password: string): Promise<void> {
  await signInWithEmailAndPassword(auth, email, password);
}

/**
 * Signs up with Google, keeping the account; whoever has one already is signed in to that. Google's window needs
 * Google, so the local Firebase has none of this.
 */
export async function goOnWithGoogle({ auth }: Accounts): Promise<void> {
  const visitor = auth.currentUser;
  const google = new GoogleAuthProvider();
  if (!visitor?.isAnonymous) {
    await signInWithPopup(auth, google, browserPopupRedirectResolver);
    return;
  }
  try {
    await linkWithPopup(visitor, google, browserPopupRedirectResolver);
    await visitor.getIdToken(true);
  } catch (error) {
    const known =
      error instanceof FirebaseError && error.code === "auth/credential-already-in-use"
        ? GoogleAuthProvider.credentialFromError(error)
        : null;
    if (!known) throw error;
    await signInWithCredential(auth, known);
  }
}

/** Whoever has no account hears nothing of it: nobody can find out in this way who has one. */
export async function sendReset({ auth }: Accounts, email: string): Promise<void> {
  await sendPasswordResetEmail(auth, email);
}

export async function leave({ auth }: Accounts): Promise<void> {
  await signOut(auth);
}

/** Proves anew that it is the owner who is here. Firebase asks for it before an account is deleted. */
export async function prove({ auth }: Accounts, password: string): Promise<void> {
  const visitor = auth.currentUser;
  if (!visitor || visitor.isAnonymous) return;
  if (visitor.providerData.some(({ providerId }) => providerId === "password")) {
    await reauthenticateWithCredential(visitor, EmailAuthProvider.credential(visitor.email ?? "", password));
  } else {
    await reauthenticateWithPopup(visitor, new GoogleAuthProvider(), browserPopupRedirectResolver);
  }
}

/**
 * Deletes the account itself. A guest has nothing to prove themselves with, so one who came long ago is only signed
 * out: nobody can ever come back to that account, and nothing is left in it.
 */
export async function deleteAccount({ auth }: Accounts): Promise<void> {
  const visitor = auth.currentUser;
  if (!visitor) return;
  try {
    await deleteUser(visitor);
  } catch (error) {
    const old = error instanceof FirebaseError && error.code === "auth/requires-recent-login";
    if (!old || !visitor.isAnonymous) throw error;
    await signOut(auth);
  }
}
