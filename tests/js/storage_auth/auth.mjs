// The real Auth SDK against the local Auth.
import assert from "node:assert/strict";
import test from "node:test";
import {
  EmailAuthProvider,
  applyActionCode,
  confirmPasswordReset,
  createUserWithEmailAndPassword,
  deleteUser,
  fetchSignInMethodsForEmail,
  linkWithCredential,
  reauthenticateWithCredential,
  sendEmailVerification,
  sendPasswordResetEmail,
  signInAnonymously,
  signInWithCustomToken,
  signInWithEmailAndPassword,
  updateEmail,
  updatePassword,
  updateProfile,
} from "firebase/auth";
import { authHost, authPort, newApp, projectId, refusal } from "./project.mjs";

const email = (name) => `${name}@example.test`;

async function sentCodes(address) {
  const url = `http://${authHost}:${authPort}/emulator/v1/projects/${projectId}/oobCodes`;
  const { oobCodes } = await (await fetch(url)).json();
  return oobCodes.filter((sent) => sent.email === address);
}

test("an anonymous user keeps its id when its token is refreshed", async () => {
  const { user } = await signInAnonymously(newApp().auth);
  const { claims } = await user.getIdTokenResult(true);
  assert.equal(user.isAnonymous, true);
  assert.equal(user.uid.length, 28);
  assert.equal(claims.sub, user.uid);
  assert.equal(claims.aud, projectId);
  assert.equal(claims.firebase.sign_in_provider, "anonymous");
});

test("an anonymous user who gets e-mail and password stays the same user", async () => {
  const { user } = await signInAnonymously(newApp().auth);
  const linked = await linkWithCredential(user, EmailAuthProvider.credential(email("linked"), "secret1"));
  assert.equal(linked.user.uid, user.uid);
  assert.equal(linked.user.isAnonymous, false);
  const again = await signInWithEmailAndPassword(newApp().auth, email("linked"), "secret1");
  assert.equal(again.user.uid, user.uid);
  assert.equal((await again.user.getIdTokenResult()).signInProvider, "password");
});

test("e-mail and password sign up once, and in as often as wanted", async () => {
  const { user } = await createUserWithEmailAndPassword(newApp().auth, email("Ann"), "secret1");
  assert.equal(user.email, email("ann"));
  const again = await signInWithEmailAndPassword(newApp().auth, email("ANN"), "secret1");
  assert.equal(again.user.uid, user.uid);
  const twice = createUserWithEmailAndPassword(newApp().auth, email("ann"), "secret2");
  assert.equal(await refusal(twice), "auth/email-already-in-use");
});

test("refusals have the official codes", async () => {
  const { auth } = newApp();
  await createUserWithEmailAndPassword(auth, email("known"), "secret1");
  const cases = [
    [() => createUserWithEmailAndPassword(auth, email("weak"), "12345"), "auth/weak-password"],
    [() => createUserWithEmailAndPassword(auth, "no address", "secret1"), "auth/invalid-email"],
    [() => createUserWithEmailAndPassword(auth, email("none"), ""), "auth/missing-password"],
    [() => signInWithEmailAndPassword(auth, email("known"), "wrong"), "auth/invalid-credential"],
    [() => signInWithEmailAndPassword(auth, email("unknown"), "secret1"), "auth/invalid-credential"],
    [() => signInWithCustomToken(auth, "nonsense"), "auth/invalid-custom-token"],
  ];
  for (const [attempt, code] of cases) assert.equal(await refusal(attempt()), code);
});

test("the profile is written and read back", async () => {
  const { user } = await createUserWithEmailAndPassword(newApp().auth, email("bob"), "secret1");
  await updateProfile(user, { displayName: "Bob", photoURL: "http://localhost/bob.png" });
  await user.reload();
  assert.equal(user.displayName, "Bob");
  assert.equal(user.photoURL, "http://localhost/bob.png");
  await updateProfile(user, { displayName: "" });
  await user.reload();
  assert.equal(user.displayName, null);
});

test("a new password ends other sessions and keeps this one", async () => {
  const here = await createUserWithEmailAndPassword(newApp().auth, email("carl"), "secret1");
  const there = await signInWithEmailAndPassword(newApp().auth, email("carl"), "secret1");
  // Sessions are told apart by the second in which they began.
  await new Promise((done) => setTimeout(done, 1100));
  await reauthenticateWithCredential(here.user, EmailAuthProvider.credential(email("carl"), "secret1"));
  await updatePassword(here.user, "secret2");
  await updateEmail(here.user, email("charles"));
  await here.user.getIdToken(true);
  assert.equal(await refusal(there.user.getIdToken(true)), "auth/user-token-expired");
  await signInWithEmailAndPassword(newApp().auth, email("charles"), "secret2");
});

test("a deleted user is gone", async () => {
  const { auth } = newApp();
  const { user } = await createUserWithEmailAndPassword(auth, email("dora"), "secret1");
  await deleteUser(user);
  const back = signInWithEmailAndPassword(auth, email("dora"), "secret1");
  assert.equal(await refusal(back), "auth/invalid-credential");
});

test("a custom token signs in under its own id and with its claims", async () => {
  const header = Buffer.from('{"alg":"none"}').toString("base64url");
  const payload = Buffer.from('{"uid":"painter","claims":{"studio":7}}').toString("base64url");
  const { user } = await signInWithCustomToken(newApp().auth, `${header}.${payload}.`);
  const { claims, signInProvider } = await user.getIdTokenResult(true);
  assert.equal(user.uid, "painter");
  assert.equal(user.isAnonymous, false);
  assert.equal(claims.studio, 7);
  assert.equal(signInProvider, "custom");
});

test("nobody learns who has an account", async () => {
  const { auth } = newApp();
  await createUserWithEmailAndPassword(auth, email("eve"), "secret1");
  assert.deepEqual(await fetchSignInMethodsForEmail(auth, email("eve")), []);
  await sendPasswordResetEmail(auth, email("nobody"));
  assert.deepEqual(await sentCodes(email("nobody")), []);
});

test("a code sent by e-mail resets the password, once", async () => {
  const { auth } = newApp();
  await createUserWithEmailAndPassword(auth, email("fred"), "secret1");
  await sendPasswordResetEmail(auth, email("fred"));
  const [{ oobCode, requestType }] = await sentCodes(email("fred"));
  assert.equal(requestType, "PASSWORD_RESET");
  await confirmPasswordReset(auth, oobCode, "secret2");
  await signInWithEmailAndPassword(auth, email("fred"), "secret2");
  const twice = confirmPasswordReset(auth, oobCode, "secret3");
  assert.equal(await refusal(twice), "auth/invalid-action-code");
});

test("a code sent by e-mail proves the address", async () => {
  const { auth } = newApp();
  const { user } = await createUserWithEmailAndPassword(auth, email("gina"), "secret1");
  await sendEmailVerification(user);
  const [{ oobCode }] = await sentCodes(email("gina"));
  await applyActionCode(auth, oobCode);
  await user.reload();
  assert.equal(user.emailVerified, true);
});
