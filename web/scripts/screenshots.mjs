// Takes the pictures of every screen for docs/: `npm run screenshots -- ADDRESS [FOLDER]`, where ADDRESS is the page
// of a running `make up`. It signs up, becomes an operator, asks for some pictures and waits for them; then it goes
// through the screens in both themes, at a desk and on a phone.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const { chromium } = createRequire(new URL("tests/js/package.json", root))("playwright-core");

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const PROMPTS = [
  ["Diffusion", "a boat on the sea at sunset"],
  ["Clipdraw", "a green heart on a white background"],
  ["Diffusion", "a cactus in the desert at night"],
  ["Pixeldraw", "a house on grass at sunset"],
  ["Diffusion", "a mountain on snow by day"],
  ["Diffusion", "an orange circle on a blue background"],
  ["VQGAN CLIP", "a yellow star on a purple background"],
  ["Diffusion", "the moon on the sea"],
  ["Diffusion", "a tree on the grass under a stormy sky"],
  ["Pixeldraw", "a red heart on a cyan background"],
];
const SIZES = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const PATIENCE = 300_000;
const EMAIL = `operator-${Date.now()}@example.org`;

const [address, folder = fileURLToPath(new URL("docs/images/", root))] = process.argv.slice(2);
if (!address) throw new Error("say where the page is, such as http://127.0.0.1:5000");
mkdirSync(folder, { recursive: true });

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: FLAGS });
const context = await browser.newContext({ viewport: SIZES.desk, colorScheme: "light", locale: "en" });
context.setDefaultTimeout(PATIENCE);
const page = await context.newPage();
const newest = page.getByTestId("task").first();
const button = (name) => page.getByRole("button", { name, exact: true });
const shoot = (name) => page.screenshot({ path: `${folder}/page-${name}.jpg`, quality: 85 });

async function signUp() {
  await page.goto(`${address}/account`);
  await page.locator("#account-email").fill(EMAIL);
  await page.locator("#account-password").fill("a secret of theirs");
  await button("Create an account").click();
  await page.getByTestId("signed-in").waitFor();
  execFileSync(fileURLToPath(new URL(".venv/bin/brushfire", root)), ["operator", EMAIL]);
}

async function draw([renderer, prompt]) {
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.locator("label").filter({ hasText: renderer }).first().click();
  await button("Draw").click();
  await newest.getByText(prompt).waitFor();
}

async function drawAll() {
  await page.goto(address);
  await page.getByText("More options").click();
  await page.locator("#public").check({ force: true });
  await page.getByText("More options").click();
  for (const wanted of PROMPTS) {
    await draw(wanted);
    if (wanted === PROMPTS.at(-1)) {
      await page.mouse.move(0, 0);
      await waitForHalf();
      await shoot("drawing");
    }
    await newest.locator("[data-testid=status][data-status=done]").waitFor();
    await newest.getByRole("img", { name: wanted[1], exact: true }).first().waitFor();
  }
}

async function waitForHalf() {
  const half = () => {
    const bar = document.querySelector("[data-testid=task] [role=progressbar]");
    return Number(bar?.getAttribute("aria-valuenow")) * 2 >= Number(bar?.getAttribute("aria-valuemax") ?? 1);
  };
  await page.waitForFunction(half);
}

/** Every picture that is in sight has come. The net is never idle: Firestore listens. */
async function settle() {
  await page.waitForTimeout(1500);
}

async function everyScreen() {
  const task = await newest.getAttribute("data-task");
  const screens = {
    home: "/",
    picture: `/t/${task}`,
    gallery: "/gallery",
    account: "/account",
    operator: "/operator",
  };
  for (const [name, path] of Object.entries(screens)) {
    await page.goto(address + path);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await settle();
        await shoot(`${name}-${colorScheme}-${size}`);
      }
    }
    await page.setViewportSize(SIZES.desk);
  }
}

try {
  await signUp();
  await drawAll();
  await everyScreen();
} finally {
  await browser.close();
}
