// Takes the pictures of the page for docs/images/: `npm run screenshots -- ADDRESS [FOLDER]`, where ADDRESS is
// the page of a running `brushfire up`. It asks for a few pictures and waits for them.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const { chromium } = createRequire(new URL("tests/js/package.json", root))("playwright-core");

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const PROMPTS = [
  "a boat on the sea at night",
  "a house on grass at sunset",
  "a yellow star on a black background",
  "a red circle on a blue background",
];
const PATIENCE = 300_000;

const [address, folder = fileURLToPath(new URL("docs/images/", root))] = process.argv.slice(2);
if (!address) throw new Error("say where the page is, such as http://127.0.0.1:5000");
mkdirSync(folder, { recursive: true });

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: FLAGS });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
const newest = page.getByTestId("task").first();
const shoot = (name) => page.screenshot({ path: `${folder}/page-${name}.png` });

async function draw(prompt) {
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.getByRole("button", { name: "Draw", exact: true }).click();
  await newest.getByText(prompt).waitFor();
}

async function waitForHalf() {
  const half = () => {
    const bar = document.querySelector("[data-testid=task] [role=progressbar]");
    return Number(bar?.getAttribute("aria-valuenow")) * 2 >= Number(bar?.getAttribute("aria-valuemax") ?? 1);
  };
  await page.waitForFunction(half, null, { timeout: PATIENCE });
}

try {
  await page.goto(address);
  for (const prompt of PROMPTS) {
    await draw(prompt);
    if (prompt === PROMPTS.at(-1)) {
      await page.mouse.move(0, 0);
      await waitForHalf();
      await shoot("drawing");
    }
    await newest.getByText("Done", { exact: true }).waitFor({ timeout: PATIENCE });
    await newest.getByRole("img", { name: prompt, exact: true }).waitFor();
  }
  await page.emulateMedia({ colorScheme: "dark" });
  await newest.getByRole("img").first().click();
  await page.getByRole("slider").waitFor();
  await page
    .locator("img.picture-result")
    .first()
    .evaluate((image) => image.decode());
  await shoot("picture");
  await page.getByRole("link", { name: "My pictures" }).click();
  await page.setViewportSize({ width: 390, height: 844 });
  await newest.scrollIntoViewIfNeeded();
  await shoot("phone");
} finally {
  await browser.close();
}
