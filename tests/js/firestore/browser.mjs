// The SDK's browser build in a real Chromium, which speaks WebChannel and REST. MODE is "checks", "echo",
// "counters" or "arrivals". TABS tabs, where given, have a host name each, since a browser opens six connections to one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { obey } from "./commands.mjs";
import { checks } from "./scenario.mjs";

const SDK = fileURLToPath(new URL("../node_modules/firebase/", import.meta.url));
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const HTML = `<!doctype html><script type="module">
  const from = "https://www.gstatic.com/firebasejs/12.19.0/";
  const app = await import(from + "firebase-app.js");
  const firestore = await import(from + "firebase-firestore.js");
  const lite = await import(from + "firebase-firestore-lite.js");
  const { echo, noteArrivals, open, runCheck, watchCounters } = await import("./scenario.mjs");
  firestore.setLogLevel("silent");
  const { host, port, projectId, polling } = Object.fromEntries(new URLSearchParams(location.search));
  const settings = polling ? { experimentalForceLongPolling: true } : {};
  const sdk = open({ app, firestore, lite }, { host, port: Number(port), projectId, settings });
  window.runCheck = (name) => runCheck(sdk, name);
  window.echo = () => echo(sdk);
  window.noteArrivals = () => { window.arrivals = noteArrivals(sdk); };
  window.watchCounters = () => { window.counters = watchCounters(sdk); };
  window.ready = true;
</script>`;

// A real server on this machine: Chromium lets no other page reach loopback.
const site = createServer((request, response) => {
  const isScript = request.url === "/scenario.mjs";
  response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
  response.end(isScript ? readFileSync(new URL("scenario.mjs", import.meta.url)) : HTML);
});
await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));

const { HOST: host, PORT: port, PROJECT: projectId, MODE: mode, POLLING: polling = "", TABS: tabs } = process.env;
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: FLAGS });
const close = () => Promise.all([browser.close(), site.close()]);

async function openPage(host) {
  const page = await browser.newPage();
  // The browser build names its parts by their public address; they come from the pinned package.
  await page.route("https://www.gstatic.com/firebasejs/*/*", (route) =>
    route.fulfill({ path: SDK + new URL(route.request().url()).pathname.split("/").at(-1) }),
  );
  const query = new URLSearchParams({ host, port, projectId, polling });
  await page.goto(`http://${tabs ? host : "localhost"}:${site.address().port}/?${query}`);
  await page.waitForFunction(() => window.ready);
  return page;
}

async function countInTabs(pages) {
  const inAll = (work) => Promise.all(pages.map(work));
  await inAll((page) => page.evaluate(() => window.watchCounters()));
  // "*" in an argument stands for the tab's number.
  await obey((name, ...given) => inAll((page, tab) => page.evaluate(
    ([name, given]) => window.counters[name](...given),
    [name, given.map((value) => (value === "*" ? `tab ${tab}` : value))],
  )));
}

async function timeArrivals(page) {
  await page.evaluate(() => window.noteArrivals());
  await obey((name, ...given) => page.evaluate(async ([name, given]) => {
    await window.arrivals[name](...given);
  }, [name, given]));
}

function runChecks(page) {
  const backChannels = new Set();
  page.on("request", (request) => {
    const { searchParams } = new URL(request.url());
    if (searchParams.get("RID") === "rpc") backChannels.add(searchParams.get("CI"));
  });
  for (const name of Object.keys(checks)) test(name, () => page.evaluate((name) => window.runCheck(name), name));
  if (polling) test("each request has ended after a batch", () => assert.deepEqual([...backChannels], ["1"]));
  test.after(close);
}

const hosts = tabs ? Array.from({ length: tabs }, (_, tab) => `t${tab}.localhost`) : [host];
const pages = await Promise.all(hosts.map(openPage));
if (mode === "echo") await pages[0].evaluate(() => window.echo()).finally(close);
else if (mode === "counters") await countInTabs(pages).finally(close);
else if (mode === "arrivals") await timeArrivals(pages[0]).finally(close);
else runChecks(pages[0]);
