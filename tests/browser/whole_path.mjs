// A person's way through the page, in a real Chromium: from the form to the video playing.
// Arguments: the page's address, a folder for screenshots. Prints one JSON object of what was seen.
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../js/package.json", import.meta.url))("playwright-core");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const PROMPT = "a red circle on a blue background";
const [address, folder] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
// More than the slowest of machines takes.
const PATIENCE = 180_000;
const seen = { progress: [], previews: 0, problems: [] };

// In the page: every value that the bar takes and every preview, however short they are to be seen.
function noteProgress() {
  const noted = (window.noted = { progress: [], previews: 0 });
  const previews = new Set();
  new MutationObserver(() => {
    const card = document.querySelector("[data-task]");
    const now = Number(card?.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow") ?? 0);
    if (now && now !== noted.progress.at(-1)) noted.progress.push(now);
    const preview = card?.querySelector('img[src^="data:image/webp"]');
    if (preview) noted.previews = previews.add(preview.src).size;
  }).observe(document, { subtree: true, childList: true, attributes: true });
}

const browser = await chromium.launch({ executablePath, args: FLAGS });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: "en-US" });
try {
  page.on("console", (message) => message.type() === "error" && seen.problems.push(message.text()));
  page.on("pageerror", (error) => seen.problems.push(String(error)));
  await page.addInitScript(noteProgress);
  await page.goto(address);
  await page.getByRole("textbox", { name: "Prompt" }).fill(PROMPT);
  const choose = (name) => page.locator("label", { has: page.getByRole("radio", { name }) }).click();
  await choose("pixeldraw");
  // A draft may be over before the second report of how far it is: there is one a second.
  await choose("normal");
  const pressed = Date.now();
  await page.getByRole("button", { name: "Draw", exact: true }).click();

  // Waiting or drawing is shown at once; then the bar moves and a preview appears.
  const status = (card) => card.getByTestId("status").getAttribute("data-status");
  const card = page.locator("[data-task]").first();
  await card.waitFor();
  seen.task = await card.getAttribute("data-task");
  const picture = card.getByRole("img", { name: PROMPT });
  const preview = card.locator('img[src^="data:image/webp"]');
  await preview.waitFor({ timeout: PATIENCE });
  await page.screenshot({ path: `${folder}/drawing.png` });
  await card.locator('[data-testid=status][data-status="done"]').waitFor({ timeout: PATIENCE });
  Object.assign(seen, await page.evaluate(() => window.noted));
  await picture.waitFor();
  seen.seconds = (Date.now() - pressed) / 1000;
  seen.natural = await picture.evaluate(async (image) => {
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });
  await page.screenshot({ path: `${folder}/done.png` });

  await picture.click();
  const video = page.locator("video").first();
  await video.waitFor();
  seen.video = await video.evaluate(async (element) => {
    element.muted = true;
    await element.play();
    const from = element.currentTime;
    await new Promise((resolve) => setTimeout(resolve, 700));
    const moved = element.currentTime - from;
    element.currentTime = element.duration / 2; // needs Range requests
    await new Promise((resolve) => element.addEventListener("seeked", resolve, { once: true }));
    return { moved, duration: element.duration, width: element.videoWidth, height: element.videoHeight };
  });
  seen.download = await page.getByRole("link", { name: "PNG" }).first().getAttribute("href");
  await page.screenshot({ path: `${folder}/detail.png` });

  await page.goto(address);
  await page.reload();
  const again = page.locator(`[data-task="${seen.task}"]`);
  await again.getByRole("img", { name: PROMPT }).waitFor();
  seen.afterReload = await status(again);
} catch (error) {
  await page.screenshot({ path: `${folder}/failed.png` });
  throw Object.assign(error, { seen });
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
