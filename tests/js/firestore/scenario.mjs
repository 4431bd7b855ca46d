// What the unmodified Firestore SDK is asked to do, in Node and in a browser alike.
// `sdk` is { app, firestore, lite }: the SDK's modules, however they were loaded.

const TIMEOUT_MS = 40_000; // a browser may wait 15 s until it tries a killed server again

export function open(sdk, { host, port, projectId, settings = {} }) {
  const app = sdk.app.initializeApp({ projectId, apiKey: "demo" }, `app ${Math.random()}`);
  const db = sdk.firestore.initializeFirestore(app, settings);
  sdk.firestore.connectFirestoreEmulator(db, host, port);
  const liteApp = sdk.app.initializeApp({ projectId, apiKey: "demo" }, `lite ${Math.random()}`);
  const liteDb = sdk.lite.getFirestore(liteApp);
  sdk.lite.connectFirestoreEmulator(liteDb, host, port);
  const close = () => Promise.all([sdk.app.deleteApp(app), sdk.app.deleteApp(liteApp)]);
  const endpoint = `http://${host}:${port}/emulator/v1/projects/${projectId}/databases/(default)`;
  return { ...sdk, db, liteDb, endpoint, close };
}

function equal(found, expected) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error.code;
  }
  throw new Error("it was let through");
}

// Follows a query or a document: `until(condition)` resolves to the first snapshot, past or coming, that meets it.
export function follow({ firestore }, target) {
  const seen = [];
  let news = () => {};
  const stop = firestore.onSnapshot(
    target,
    { includeMetadataChanges: true },
    (snapshot) => { seen.push(snapshot); news(); },
    (error) => { seen.push(error); news(); },
  );
  async function until(condition) {
    const end = Date.now() + TIMEOUT_MS;
    for (let next = 0; ; ) {
      for (; next < seen.length; next++) {
        if (seen[next] instanceof Error) throw seen[next];
        if (condition(seen[next])) return seen[next];
      }
      if (Date.now() > end) throw new Error(`not seen in time; last: ${JSON.stringify(ids(seen.at(-1)))}`);
      await new Promise((resolve) => { news = resolve; setTimeout(resolve, 500); });
    }
  }
  return { until, stop, seen };
}

const ids = (snapshot) => snapshot?.docs?.map((document) => document.id);
const settled = (snapshot) => !snapshot.metadata.fromCache && !snapshot.metadata.hasPendingWrites;
const shows = (...expected) => (snapshot) => settled(snapshot) && `${ids(snapshot)}` === `${expected}`;

// Each check has a collection of its own, below the document checks/{name}.
export const checks = {
  async "every kind of value comes back as it was written"({ firestore: f, db }, things) {
    const value = {
      list: [1, 2.5, null, true, { deep: "x" }],
      bytes: f.Bytes.fromUint8Array(new Uint8Array([0, 255])),
      place: new f.GeoPoint(-12.5, 170.25),
      text: "naïve 🔥 \n\u2028",
      vector: f.vector([1, 2.5]),
      self: f.doc(things, "one"),
      number: -9007199254740991,
    };
    await f.setDoc(f.doc(things, "one"), { ...value, at: f.serverTimestamp() });
    const found = (await f.getDocFromServer(f.doc(things, "one"))).data();
    if (!(found.at instanceof f.Timestamp)) throw new Error(`no server timestamp: ${found.at}`);
    equal([found.list, found.text, found.number], [value.list, value.text, value.number]);
    equal([found.bytes.toBase64(), found.self.path], ["AP8=", f.doc(things, "one").path]);
    if (!found.place.isEqual(value.place) || !found.vector.isEqual(value.vector)) throw new Error("changed");
  },

  async "a limited query is followed as documents enter, change and leave"(sdk, things) {
    const { firestore: f } = sdk;
    const head = f.query(things, f.where("status", "==", "queued"), f.orderBy("rank"), f.limit(2));
    const live = follow(sdk, head);
    await live.until(shows());
    await f.setDoc(f.doc(things, "b"), { status: "queued", rank: 2 });
    await live.until(shows("b"));
    await f.setDoc(f.doc(things, "c"), { status: "queued", rank: 3 });
    await live.until(shows("b", "c"));
    await f.setDoc(f.doc(things, "a"), { status: "queued", rank: 1 });
    await live.until(shows("a", "b"));
    await f.updateDoc(f.doc(things, "b"), { note: "hi", n: f.increment(2), tags: f.arrayUnion("x") });
    await live.until((s) => settled(s) && s.docs.some((d) => d.id === "b" && d.data().n === 2));
    await f.updateDoc(f.doc(things, "a"), { status: "done" });
    await live.until((s) => shows("b", "c")(s) && s.docs[0].data().note);
    await f.deleteDoc(f.doc(things, "c"));
    await live.until((s) => shows("b")(s) && s.docs[0].data().note);
    live.stop();
  },

  async "many listeners share a stream and leave one by one"(sdk, things) {
    const { firestore: f } = sdk;
    const one = follow(sdk, f.doc(things, "one"));
    const all = follow(sdk, things);
    const first = follow(sdk, f.query(things, f.orderBy("n"), f.limit(1)));
    await f.setDoc(f.doc(things, "one"), { n: 2 });
    await Promise.all([one.until((s) => s.exists()), all.until(shows("one")), first.until(shows("one"))]);
    all.stop();
    await f.setDoc(f.doc(things, "two"), { n: 1 });
    await first.until(shows("two"));
    one.stop();
    first.stop();
    if (all.seen.some((s) => s.size > 1)) throw new Error("a listener that had left went on");
  },

  async "a listener that comes back gets what it missed"(sdk, things) {
    const { firestore: f, lite, db, liteDb } = sdk;
    await f.setDoc(f.doc(things, "kept"), { n: 1 });
    await f.setDoc(f.doc(things, "gone"), { n: 1 });
    const live = follow(sdk, things);
    await live.until(shows("gone", "kept"));
    await f.disableNetwork(db);
    await lite.deleteDoc(lite.doc(liteDb, things.path, "gone"));
    await lite.setDoc(lite.doc(liteDb, things.path, "new"), { n: 1 });
    await f.enableNetwork(db);
    await live.until(shows("kept", "new"));
    live.stop();
  },

  async "a transaction reads, verifies and writes"({ firestore: f, db }, things) {
    await f.setDoc(f.doc(things, "one"), { n: 2 });
    const written = await f.runTransaction(db, async (transaction) => {
      const found = await transaction.get(f.doc(things, "one"));
      await transaction.get(f.doc(things, "absent"));
      transaction.update(f.doc(things, "one"), { n: found.data().n + 1 });
      return found.data().n + 1;
    });
    equal([written, (await f.getDoc(f.doc(things, "one"))).data().n], [3, 3]);
  },

  async "a contended counter is exact"({ firestore: f, db }, things) {
    const counter = f.doc(things, "counter");
    await f.setDoc(counter, { n: 0 });
    const increment = () => f.runTransaction(db, async (transaction) => {
      const found = await transaction.get(counter);
      transaction.update(counter, { n: found.data().n + 1 });
    }, { maxAttempts: 50 });
    await Promise.all(Array.from({ length: 4 }, async () => { await increment(); await increment(); }));
    equal((await f.getDocFromServer(counter)).data(), { n: 8 });
  },

  async "a refused write is told and the next one goes through"({ firestore: f }, things) {
    equal(await refusal(f.updateDoc(f.doc(things, "none"), { n: 1 })), "not-found");
    await f.setDoc(f.doc(things, "one"), { n: 1 });
    equal((await f.getDocFromServer(f.doc(things, "one"))).data(), { n: 1 });
  },

  async "batches, alternatives, cursors and collection groups"({ firestore: f, db }, things) {
    const group = `sub${things.parent.id.length}`;
    const deep = f.collection(things, "parent", group);
    const batch = f.writeBatch(db);
    for (let n = 0; n < 50; n++) batch.set(f.doc(deep, `d${String(n).padStart(2, "0")}`), { n, even: n % 2 === 0 });
    await batch.commit();
    const all = f.collectionGroup(db, group);
    const run = async (query) => ids(await f.getDocs(query));
    equal(await run(f.query(all, f.where("n", ">=", 47), f.orderBy("n"))), ["d47", "d48", "d49"]);
    const either = f.or(f.where("n", "==", 1), f.and(f.where("n", ">", 47), f.where("even", "==", true)));
    equal(await run(f.query(deep, either)), ["d01", "d48"]);
    equal(await run(f.query(all, f.orderBy("n"), f.startAfter(10), f.limit(1))), ["d11"]);
    equal(await run(f.query(all, f.orderBy("n"), f.endBefore(10), f.limitToLast(2))), ["d08", "d09"]);
  },

  async "counts, sums and averages"({ firestore: f }, things) {
    await Promise.all([1, 2, 6].map((n) => f.setDoc(f.doc(things, `n${n}`), { n })));
    const found = await f.getAggregateFromServer(things, {
      count: f.count(), sum: f.sum("n"), average: f.average("n"), nothing: f.average("none"),
    });
    const { count, sum, average, nothing } = found.data();
    equal([count, sum, average, nothing], [0, 0, null, null]); // documents need every field of the query
    equal((await f.getAggregateFromServer(things, { sum: f.sum("n"), average: f.average("n") })).data().sum, 9);
    equal((await f.getCountFromServer(f.query(things, f.where("n", ">", 1)))).data().count, 2);
  },

  async "an import is shown by open pages, though it brings back an older state"(sdk, things) {
    const { firestore: f, endpoint } = sdk;
    const [changed, gone] = [f.doc(things, "changed"), f.doc(things, "gone")];
    await Promise.all([changed, gone].map((document) => f.setDoc(document, { n: 1 })));
    const [all, one] = [follow(sdk, things), follow(sdk, gone)];
    await Promise.all([all.until(shows("changed", "gone")), one.until((s) => s.exists())]);
    const backup = await (await fetch(`${endpoint}/export`)).text();
    await Promise.all([f.setDoc(changed, { n: 2 }), f.deleteDoc(gone)]);
    const later = await all.until((s) => shows("changed")(s) && s.docs[0].data().n === 2);
    const nowhere = await one.until((s) => settled(s) && !s.exists());
    equal((await fetch(`${endpoint}/import`, { method: "POST", body: backup })).status, 200);
    const since = (live, mark) => (s) => live.seen.indexOf(s) > live.seen.indexOf(mark);
    await all.until((s) => since(all, later)(s) && shows("changed", "gone")(s) && s.docs[0].data().n === 1);
    await one.until((s) => since(one, nowhere)(s) && settled(s) && s.exists());
    all.stop();
    one.stop();
  },

  async "the lite SDK speaks REST"({ lite, liteDb }, things) {
    const collection = lite.collection(liteDb, things.path);
    const one = await lite.addDoc(collection, { n: 1 });
    equal((await lite.getDoc(one)).data(), { n: 1 });
    equal((await lite.getDocs(lite.query(collection, lite.where("n", "==", 1)))).size, 1);
    equal((await lite.getCount(collection)).data().count, 1);
    await lite.runTransaction(liteDb, async (transaction) => {
      transaction.update(one, { n: (await transaction.get(one)).data().n + 1 });
    });
    equal((await lite.getDoc(one)).data(), { n: 2 });
    await lite.deleteDoc(one);
    equal((await lite.getDoc(one)).exists(), false);
  },
};

export async function runCheck(sdk, name) {
  const place = name.replaceAll(" ", "-");
  await checks[name](sdk, sdk.firestore.collection(sdk.db, "checks", place, "things"));
}

// Answers each document of `ping` with one of the same name in `pong`, until `ping/stop` comes.
export async function echo(sdk) {
  const { firestore: f, db } = sdk;
  const answered = new Set();
  const answer = (snapshot) => {
    for (const { doc: ping } of snapshot.docChanges()) {
      if (answered.has(ping.id)) continue;
      answered.add(ping.id);
      void f.setDoc(f.doc(db, "pong", ping.id), { n: ping.data().n, at: f.serverTimestamp() });
    }
  };
  await new Promise((resolve, reject) => {
    const stop = f.onSnapshot(f.collection(db, "ping"), (snapshot) => {
      answer(snapshot);
      if (answered.has("stop")) {
        stop();
        resolve();
      }
    }, reject);
  });
  await f.waitForPendingWrites(db);
}

// A page that stays open: it follows every counter, and does what it is asked.
export function watchCounters(sdk) {
  const { firestore: f, db } = sdk;
  const counters = f.collection(db, "counters");
  const live = follow(sdk, counters);
  const values = (snapshot) => JSON.stringify(snapshot.docs.map((counter) => [counter.id, counter.data().n]));
  return {
    // Adds to a counter so many times, without waiting for the server.
    add(id, times) {
      for (let n = 0; n < times; n++) void f.setDoc(f.doc(counters, id), { n: f.increment(1) }, { merge: true });
    },
    // Waits until the server has confirmed just these: [[id, n], …].
    async until(expected) {
      await live.until((snapshot) => settled(snapshot) && values(snapshot) === JSON.stringify(expected));
      await f.waitForPendingWrites(db);
    },
  };
}

// A page that notes when each document of `beats` is shown to it, in milliseconds since 1970.
export function noteArrivals(sdk) {
  const { firestore: f, db } = sdk;
  const arrived = {};
  f.onSnapshot(f.collection(db, "beats"), (snapshot) => {
    const now = performance.timeOrigin + performance.now();
    for (const { type, doc: beat } of snapshot.docChanges()) if (type === "added") arrived[beat.id] = now;
  });
  const live = follow(sdk, f.collection(db, "beats")); // the SDK asks the server once for both
  return {
    until: (count) => live.until((snapshot) => settled(snapshot) && snapshot.size === count),
    report: () => f.setDoc(f.doc(db, "reports", "arrivals"), arrived),
  };
}
