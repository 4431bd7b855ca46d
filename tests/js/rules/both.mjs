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

const dbOf = (uid, claims) =>
  (uid ? environment.authenticatedContext(uid, claims) : environment.unauthenticatedContext()).firestore();
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
  const done = dbOf(null).collection("queue").where("public", "==", true).where("status", "==", "done");
  const gallery = done.where("hidden", "==", false);
  const liked = gallery.orderBy("likes", "desc").orderBy("finished_at", "desc");
  assert.equal((await assertSucceeds(liked.get())).size, 0);
  await assertFails(done.get());
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

const picture = { uid: "alice", public: true, status: "done", hidden: false, likes: 0 };
const shown = (fields) => asServer((db) => db.doc("queue/t1").set({ ...picture, ...fields }));

const like = (db, uid) =>
  db
    .batch()
    .set(db.doc(`queue/t1/likes/${uid}`), { uid, task: "t1", created_at: FieldValue.serverTimestamp() })
    .update(db.doc("queue/t1"), { likes: FieldValue.increment(1) });

test("a like is counted once and taken back once, also when two tabs send it at the same time", async () => {
  await shown();
  const bob = dbOf("bob");
  const tabs = await Promise.allSettled([like(bob, "bob").commit(), like(dbOf("bob"), "bob").commit()]);
  assert.deepEqual(tabs.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  await assertSucceeds(like(dbOf("carol"), "carol").commit());
  await assertFails(like(dbOf(null), "dave").commit());
  await assertFails(bob.doc("queue/t1").update({ likes: FieldValue.increment(1) }));
  assert.equal((await bob.doc("queue/t1").get()).get("likes"), 2);
  const mine = bob.collectionGroup("likes").where("uid", "==", "bob").where("task", "in", ["t1", "t2"]);
  assert.equal((await assertSucceeds(mine.get())).size, 1);
  await assertFails(dbOf("carol").collectionGroup("likes").where("uid", "==", "bob").get());
  const undo = bob.batch().delete(bob.doc("queue/t1/likes/bob"));
  await assertSucceeds(undo.update(bob.doc("queue/t1"), { likes: FieldValue.increment(-1) }).commit());
  assert.equal((await bob.doc("queue/t1").get()).get("likes"), 1);
});

test("a report is for operators, and a picture that they hide is its owner's and theirs", async () => {
  await shown();
  const [bob, olga] = [dbOf("bob"), dbOf("olga", { operator: true })];
  const report = { task: "t1", uid: "bob", reason: "it is rude", created_at: FieldValue.serverTimestamp() };
  await assertSucceeds(bob.doc("reports/t1_bob").set(report));
  await assertFails(bob.doc("reports/t1_bob").set(report));
  await assertFails(bob.doc("reports/t1_bob").get());
  assert.equal((await assertSucceeds(olga.collection("reports").orderBy("created_at", "desc").get())).size, 1);
  await assertFails(bob.doc("queue/t1").update({ hidden: true }));
  await assertSucceeds(olga.doc("queue/t1").update({ hidden: true }));
  await assertFails(bob.doc("queue/t1").get());
  await assertFails(dbOf("alice").doc("queue/t1").update({ hidden: false }));
  await assertSucceeds(dbOf("alice").doc("queue/t1").get());
  await assertSucceeds(olga.doc("queue/t1").get());
  await assertSucceeds(olga.doc("reports/t1_bob").delete());
});

test("an operator sees all tasks, calls off what waits and puts back what failed", async () => {
  await submit(dbOf("alice"), "t1", task());
  const [bob, olga] = [dbOf("bob"), dbOf("olga", { operator: true })];
  assert.equal((await assertSucceeds(olga.collection("queue").where("status", "==", "queued").get())).size, 1);
  await assertFails(bob.doc("queue/t1").update({ cancel_requested: true }));
  await assertSucceeds(olga.doc("queue/t1").update({ cancel_requested: true }));
  const failed = { status: "failed", attempt: 3, error: { code: "x" }, finished_at: Timestamp.now() };
  await asServer((db) => db.doc("queue/t1").update(failed));
  const gone = FieldValue.delete();
  const again = { status: "queued", rank: FieldValue.serverTimestamp(), attempt: 0, cancel_requested: false };
  const redriven = { ...again, error: gone, finished_at: gone, expires_at: gone };
  await assertFails(bob.doc("queue/t1").update(redriven));
  await assertFails(olga.doc("queue/t1").update(again));
  await assertSucceeds(olga.doc("queue/t1").update(redriven));
});

test("an owner deletes a finished task with what lies below it", async () => {
  await shown();
  const alice = dbOf("alice");
  await asServer((db) => db.doc("queue/t1/live/progress").set({ step: 1 }));
  await assertSucceeds(alice.doc("queue/t1/private/contact").set({ email: "alice@example.org" }));
  await assertSucceeds(like(dbOf("bob"), "bob").commit());
  const below = ["live/progress", "private/contact"].map((path) => alice.doc(`queue/t1/${path}`));
  const all = below.reduce((batch, part) => batch.delete(part), alice.batch());
  await assertSucceeds(all.delete(alice.doc("queue/t1")).commit());
  const left = dbOf("bob").doc("queue/t1/likes/bob");
  await assertFails(alice.doc("queue/t1/likes/bob").delete());
  await assertSucceeds(left.delete());
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

test("a result is deleted by whoever it was made for", async () => {
  const customMetadata = { uid: "alice" };
  await environment.withSecurityRulesDisabled(async (context) => {
    const result = context.storage(`gs://${projectId}.appspot.com`).ref("results/t1/1/image.png");
    await result.put(new Uint8Array([1]), { contentType: "image/png", customMetadata });
  });
  await assertFails(filesOf("bob").ref("results/t1/1/image.png").delete());
  await assertSucceeds(filesOf("alice").ref("results/t1/1/image.png").delete());
});

test("rules that can't be read are refused by line and column", async () => {
  const broken = { ...firestore, rules: "service cloud.firestore {" };
  await assert.rejects(initializeTestEnvironment({ projectId, firestore: broken }), /rules:1:26: the file ends too early/);
});
