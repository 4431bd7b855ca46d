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
const seen = { progress: [], previews: 0, problems: [] };

const browser = await chromium.launch({ executablePath, args: FLAGS });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
try {
  page.on("console", (message) => message.type() === "error" && seen.problems.push(message.text()));
  page.on("pageerror", (error) => seen.problems.push(String(error)));
  await page.goto(address);
  await page.getByRole("textbox", { name: "Prompt" }).fill(PROMPT);
  await page.getByRole("radio", { name: /draft/i }).check({ force: true });
  const pressed = Date.now();
  await page.getByRole("button", { name: "Draw", exact: true }).click();

  // Waiting or drawing is shown at once; then the bar moves and a preview appears.
  const status = (card) => card.getByTestId("status").getAttribute("data-status");
  const card = page.locator("[data-task]").first();
  await card.waitFor();
  seen.task = await card.getAttribute("data-task");
  const picture = card.getByRole("img", { name: PROMPT });
  while ((await status(card)) !== "done") {
    if (Date.now() - pressed > 90_000) throw new Error(`still ${await card.innerText()}`);
    const bar = card.getByRole("progressbar");
    if (await bar.count()) {
      const now = Number(await bar.first().getAttribute("aria-valuenow").catch(() => 0));
      if (now && now !== seen.progress.at(-1)) seen.progress.push(now);
      if (await card.locator('img[src^="data:image/webp"]').count()) {
        if (!seen.previews++) await page.screenshot({ path: `${folder}/drawing.png` });
      }
    }
    await page.waitForTimeout(100);
  }
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
