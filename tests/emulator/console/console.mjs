// The console in Chromium, while documents are written and requests denied beside it.
// Arguments: the console's address, Firestore's address, a folder for screenshots. Prints what was seen as JSON.
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../js/package.json", import.meta.url))("playwright-core");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const [address, firestore, folder] = process.argv.slice(2);
const DOCUMENTS = `http://${firestore}/v1/projects/demo-brushfire/databases/(default)/documents`;
const HOSTILE = '<img src=x onerror="window.hit = true"><b>bold</b>';
const seen = { problems: [] };

const owner = { Authorization: "Bearer owner", "Content-Type": "application/json" };
const write = (path, fields) =>
  fetch(`${DOCUMENTS}/${path}`, { method: "PATCH", headers: owner, body: JSON.stringify({ fields }) });

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
const page = await browser.newPage({ viewport: { width: 1280, height: 760 } });
page.setDefaultTimeout(20_000);
try {
  page.on("console", (message) => message.type() === "error" && seen.problems.push(message.text()));
  page.on("pageerror", (error) => seen.problems.push(String(error)));

  await write("queue/1", { prompt: { stringValue: HOSTILE }, deep: { mapValue: { fields: { n: { integerValue: "7" } } } } });
  await page.goto(`http://${address}/`);
  await page.getByRole("link", { name: "queue" }).click();
  await page.getByRole("link", { name: "1", exact: true }).click();
  await page.getByText(JSON.stringify(HOSTILE)).waitFor();
  await page.getByText("deep").click();
  await page.getByText("7", { exact: true }).waitFor();
  seen.hit = await page.evaluate(() => window.hit === true || document.querySelector("main b") !== null);

  const begun = performance.now();
  await write("queue/live one", { prompt: { stringValue: "an owl" } });
  await page.getByRole("link", { name: "live one" }).waitFor();
  seen.liveMs = performance.now() - begun;
  await write("queue/1", { prompt: { stringValue: "a fox" } });
  await page.getByText('"a fox"').waitFor();
  await fetch(`${DOCUMENTS}/queue/live%20one`, { method: "DELETE", headers: owner });
  await page.getByRole("link", { name: "live one" }).waitFor({ state: "detached" });
  await page.screenshot({ path: `${folder}/documents.png` });

  await fetch(`${DOCUMENTS}/queue/1`);
  await page.getByRole("link", { name: "Denials" }).click();
  await page.getByText("allow read: if request.auth != null;").waitFor();
  seen.line = await page.locator(".rule .line").first().textContent();
  await page.getByRole("link", { name: "Operations" }).click();
  await page.getByText("Billed operations").waitFor();
  seen.figures = await page.locator(".figure").allTextContents();
  await page.getByRole("link", { name: "Objects" }).click();
  await page.getByText("No bucket yet.").waitFor();
  await page.getByRole("link", { name: "Functions" }).click();
  await page.getByText("There are no functions.").waitFor();
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(seen));
