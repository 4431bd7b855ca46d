// Google's own test kit for rules, with the real SDKs, against the local Firebase and the project's rules.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { assertFails, assertSucceeds, initializeTestEnvironment } from "@firebase/rules-unit-testing";
import firebase from "firebase/compat/app";
import { setLogLevel } from "firebase/firestore";

const { Timestamp, FieldValue } = firebase.firestore;
const projectId = "demo-rules";
const rulesOf = (file) => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
const address = (text) => ({ host: text.split(":")[0], port: Number(text.split(":")[1]) });
const firestore = { ...address(process.env.FIRESTORE_HOST), rules: rulesOf("firestore.rules") };
const storage = { ...address(process.env.STORAGE_HOST), rules: rulesOf("storage.rules") };

// A denial is what most of these tests ask for; it is no news.
setLogLevel("silent");

const environment = await initializeTestEnvironment({ projectId, firestore, storage });
test.beforeEach(() => environment.clearFirestore());
test.after(() => environment.cleanup());

const dbOf = (uid) =>
  (uid ? environment.authenticatedContext(uid) : environment.unauthenticatedContext()).firestore();
const filesOf = (uid) => environment.authenticatedContext(uid).storage(`gs://${projectId}.appspot.com`);
const asServer = (work) => environment.withSecurityRulesDisabled((context) => work(context.firestore()));

const task = (fields) => ({
  uid: "alice",
  prompt: "a lighthouse at dawn",
  renderer: "diffusion",
  params: { steps: 20 },
  public: false,
  status: "queued",
  created_at: FieldValue.serverTimestamp(),
  rank: FieldValue.serverTimestamp(),
  cancel_requested: false,
  ...fields,
});

const first = (id) => ({ waiting: [id], day: FieldValue.serverTimestamp(), today: 1 });

const submit = (db, id, data, record = first(id)) =>
  db
    .batch()
    .set(db.doc(`queue/${id}`), data)
    .set(db.doc("users/alice"), { rank: data.rank, last_task: id, ...record }, { merge: true })
    .commit();

test("a task is put in line, and the next one half a minute behind it", async () => {
  const alice = dbOf("alice");
  await assertFails(alice.doc("queue/t1").set(task()));
  await assertFails(submit(dbOf("bob"), "t1", task()));
  await assertSucceeds(submit(alice, "t1", task()));
  await assertFails(submit(alice, "t2", task()));
  const { rank, day } = (await alice.doc("users/alice").get()).data();
  const later = task({ rank: new Timestamp(rank.seconds + 30, rank.nanoseconds) });
  await assertFails(submit(alice, "t2", later));
  await assertFails(submit(alice, "t2", later, { waiting: ["t2"], day, today: 2 }));
  await assertSucceeds(submit(alice, "t2", later, { waiting: ["t1", "t2"], day, today: 2 }));
  await asServer((db) => db.doc("queue/t1").update({ status: "done" }));
  const last = task({ rank: new Timestamp(rank.seconds + 60, rank.nanoseconds) });
  await assertSucceeds(submit(alice, "t3", last, { waiting: ["t2", "t3"], day, today: 3 }));
});

test("two tasks never share a batch", async () => {
  const alice = dbOf("alice");
  const record = { rank: FieldValue.serverTimestamp(), last_task: "t2", ...first("t2") };
  const batch = alice.batch().set(alice.doc("queue/t1"), task()).set(alice.doc("queue/t2"), task());
  await assertFails(batch.set(alice.doc("users/alice"), record).commit());
});

test("lists and watches are allowed by their constraints alone", async () => {
  await submit(dbOf("alice"), "t1", task());
  const mine = (db) => db.collection("queue").where("uid", "==", "alice").orderBy("created_at", "desc").limit(24);
  assert.equal((await assertSucceeds(mine(dbOf("alice")).get())).size, 1);
  await assertFails(mine(dbOf("bob")).get());
  await assertFails(dbOf("alice").collection("queue").get());
  const gallery = dbOf(null).collection("queue").where("public", "==", true).where("status", "==", "done");
  assert.equal((await assertSucceeds(gallery.get())).size, 0);
  const refused = await new Promise((resolve, reject) => mine(dbOf("bob")).onSnapshot(reject, resolve));
  assert.equal(refused.code, "permission-denied");
});

test("a watched task that is taken away is missing, not an error", async () => {
  const alice = dbOf("alice");
  const seen = [];
  const gone = new Promise((resolve, reject) =>
    alice.doc("queue/t1").onSnapshot((found) => {
      seen.push(found.exists);
      if (seen.includes(true) && !found.exists) resolve();
    }, reject),
  );
  await submit(alice, "t1", task());
  await asServer((db) => db.doc("queue/t1").update({ status: "failed" }));
  await alice.doc("queue/t1").delete();
  await gone;
});

test("the owner cancels, shows and, once it is finished, deletes a task", async () => {
  const alice = dbOf("alice");
  await submit(alice, "t1", task());
  await assertSucceeds(alice.doc("queue/t1").update({ cancel_requested: true, public: true }));
  await assertFails(alice.doc("queue/t1").update({ cancel_requested: false }));
  await assertFails(alice.doc("queue/t1").update({ status: "done" }));
  await assertFails(dbOf("bob").doc("queue/t1").update({ public: false }));
  await assertFails(dbOf(null).doc("queue/t1").get());
  await assertFails(alice.doc("queue/t1").delete());
  await asServer((db) => db.doc("queue/t1").update({ status: "done" }));
  await assertSucceeds(dbOf(null).doc("queue/t1").get());
  await assertSucceeds(alice.doc("queue/t1").delete());
});

test("a contact comes in the batch of its task, and is for its owner's eyes", async () => {
  const alice = dbOf("alice");
  const data = task();
  const batch = alice
    .batch()
    .set(alice.doc("queue/t1"), data)
    .set(alice.doc("users/alice"), { rank: data.rank, last_task: "t1", ...first("t1") })
    .set(alice.doc("queue/t1/private/contact"), { email: "alice@example.org" });
  await assertSucceeds(batch.commit());
  await assertSucceeds(alice.doc("queue/t1/private/contact").get());
  await assertFails(dbOf("bob").doc("queue/t1/private/contact").get());
});

test("a denial names the rule that said no", async () => {
  const denied = await dbOf("bob").doc("users/alice").get().catch((error) => error);
  assert.equal(denied.code, "permission-denied");
  assert.match(denied.message, /^Missing or insufficient permissions\..* for 'get' @ L\d+/);
});

test("pictures are uploaded to a folder of one's own", async () => {
  const png = { contentType: "image/png" };
  const bytes = new Uint8Array([1, 2, 3]);
  const put = (uid, name, metadata) => filesOf(uid).ref(name).put(bytes, metadata).then();
  await assertSucceeds(put("alice", "uploads/alice/cat.png", png));
  await assertFails(put("alice", "uploads/alice/cat.html", { contentType: "text/html" }));
  await assertFails(put("bob", "uploads/alice/cat.png", png));
  await assertFails(put("alice", "results/t1/1/image.png", png));
  await assertSucceeds(filesOf("alice").ref("uploads/alice/cat.png").getDownloadURL());
  await assertFails(filesOf("bob").ref("uploads/alice/cat.png").getDownloadURL());
  await assertFails(filesOf("alice").ref("results").listAll());
});

test("rules that can't be read are refused by line and column", async () => {
  const broken = { ...firestore, rules: "service cloud.firestore {" };
  await assert.rejects(initializeTestEnvironment({ projectId, firestore: broken }), /rules:1:26: the file ends too early/);
});
