// The SDK's browser build in a real Chromium, which speaks WebChannel and REST. MODE is "checks" or "echo".
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
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
  const { echo, open, runCheck } = await import("./scenario.mjs");
  firestore.setLogLevel("silent");
  const { host, port, projectId } = Object.fromEntries(new URLSearchParams(location.search));
  const sdk = open({ app, firestore, lite }, { host, port: Number(port), projectId });
  window.runCheck = (name) => runCheck(sdk, name);
  window.echo = () => echo(sdk);
  window.ready = true;
</script>`;

// A real server on this machine: Chromium lets no other page reach loopback.
const site = createServer((request, response) => {
  const isScript = request.url === "/scenario.mjs";
  response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
  response.end(isScript ? readFileSync(new URL("scenario.mjs", import.meta.url)) : HTML);
});
await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));

const { HOST: host, PORT: port, PROJECT: projectId, MODE: mode } = process.env;
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: FLAGS });
const page = await browser.newPage();
// The browser build names its parts by their public address; they come from the pinned package.
await page.route("https://www.gstatic.com/firebasejs/*/*", (route) =>
  route.fulfill({ path: SDK + new URL(route.request().url()).pathname.split("/").at(-1) }),
);
await page.goto(`http://localhost:${site.address().port}/?${new URLSearchParams({ host, port, projectId })}`);
await page.waitForFunction(() => window.ready);

const close = () => Promise.all([browser.close(), site.close()]);
if (mode === "echo") await page.evaluate(() => window.echo()).finally(close);
else {
  for (const name of Object.keys(checks)) test(name, () => page.evaluate((name) => window.runCheck(name), name));
  test.after(close);
}
