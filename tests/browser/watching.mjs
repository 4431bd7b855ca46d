// Watching tasks and seeing their results, in a real Chromium. Arguments: the page's address, a folder for
// screenshots. Asks the test for what a page can't do by a line of JSON on stdout, and reads its answer from stdin;
// the last line is what was seen.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../js/package.json", import.meta.url))("playwright-core");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const PATIENCE = 240_000;
const TABS = 8;
// Small enough to be drawn in a moment; so many steps that one can watch and call it off.
const SMALL = { quality: "draft", size: 64, cells: 8, cuts: 2, iterations: 12, seed: 3 };
const LONG = { ...SMALL, iterations: 2000 };

const [address, folder] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const seen = { problems: [] };

async function ask(what) {
  console.log(JSON.stringify(what));
  return JSON.parse((await lines.next()).value);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US" });
context.setDefaultTimeout(PATIENCE);
const page = await context.newPage();
page.on("pageerror", (error) => seen.problems.push(String(error)));

const cardOf = (id, where = page) => where.locator(`[data-task="${id}"]`);
const inStatus = (id, status, where = page) =>
  cardOf(id, where).locator(`[data-testid=status][data-status="${status}"]`).waitFor({ timeout: PATIENCE });
const button = (name, where = page) => where.getByRole("button", { name });
const submit = async (prompt, params) => (await ask({ do: "submit", prompt, params })).id;

// In the page: all that is said to whoever listens to it.
function noteNews() {
  window.said = [];
  new MutationObserver(() => {
    const now = document.querySelector("p[aria-live=polite]")?.textContent;
    if (now && now !== window.said.at(-1)) window.said.push(now);
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

// The first task comes from the form, which makes the visitor's account; it is a large one, and not waited for.
async function firstPicture() {
  await page.addInitScript(noteNews);
  await page.goto(address);
  await page.getByRole("textbox", { name: "Prompt" }).fill("a first line");
  await page.locator("label", { has: page.getByRole("radio", { name: "pixeldraw" }) }).click();
  await button("Draw").click();
  const first = page.locator("[data-task]").first();
  const id = await first.getAttribute("data-task");
  await ask({ do: "own", task: id });
  const star = await submit("a yellow star", { ...SMALL, iterations: 20 });
  await inStatus(star, "done");
  return star;
}

async function watchAndCancel() {
  const long = await submit("a lighthouse", LONG);
  const card = cardOf(long);
  await card.locator('img[src^="data:image/webp"]').waitFor();
  await card.getByRole("img", { name: /Score from/ }).waitFor();
  seen.left = await card.locator(".state-detail").innerText();
  const frame = () => card.locator(".picture").first().boundingBox();
  const before = await frame();
  const waiting = await submit("a green square", SMALL);
  await inStatus(waiting, "queued");
  await button("Cancel", cardOf(waiting)).click();
  await inStatus(waiting, "cancelled");
  const room = await frame();
  seen.frames = [before.width / before.height, room.width / room.height];
  seen.stillRunning = await card.getByTestId("status").getAttribute("data-status");
  await button("Cancel", card).click();
  await inStatus(long, "cancelled");
}

async function failAndRetry() {
  const failed = await submit("a purple cow", { ...SMALL, clip: "openai-clip-vit-l-14" });
  await inStatus(failed, "failed");
  seen.wrong = await cardOf(failed).locator(".wrong").innerText();
  await page.getByRole("textbox", { name: "Prompt" }).fill("what I was writing");
  await button("Try again", cardOf(failed)).click();
  const again = page.locator(`[data-task]:not([data-task="${failed}"])`, { hasText: "a purple cow" });
  seen.retried = { before: failed, now: await again.getAttribute("data-task") };
  seen.draft = await page.getByRole("textbox", { name: "Prompt" }).inputValue();
  await inStatus(seen.retried.now, "failed");
}

async function scrub() {
  const video = page.locator("video");
  const at = () => video.evaluate((film) => [film.currentTime, film.dataset.shown]);
  const slider = page.getByRole("slider", { name: "How it was painted" });
  await slider.focus();
  const stands = async (key) => {
    await page.keyboard.press(key);
    await page.waitForFunction(() => !document.querySelector("video").seeking);
    return [...(await at()), await slider.getAttribute("aria-valuetext")];
  };
  await page.keyboard.press("Home");
  await page.locator('video[data-shown="true"]').waitFor();
  seen.scrub = { first: await stands("Home"), next: await stands("PageUp"), last: await stands("End") };
}

async function see(id) {
  await cardOf(id).getByRole("link").first().click();
  await scrub();
  const opener = button("Look closer: a yellow star");
  await opener.click();
  await page.keyboard.press("+");
  seen.zoom = await page.locator("dialog output").innerText();
  await page.keyboard.press("Escape");
  seen.focusBack = await opener.evaluate((element) => element === document.activeElement);
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name: "PNG" }).click();
  seen.saved = (await saved).suggestedFilename();
  const recipe = await page.getByRole("link", { name: "Recipe" }).getAttribute("href");
  seen.recipe = JSON.parse(decodeURIComponent(recipe.slice(recipe.indexOf(",") + 1)));
  await page.screenshot({ path: `${folder}/result.png` });
}

async function varyAndDelete(id) {
  await button("2 variations").click();
  await page.getByText("2 more are in line.").waitFor();
  const picture = await page.getByRole("link", { name: "PNG" }).getAttribute("href");
  seen.files = [(await fetch(picture)).status];
  await button("Delete").click();
  seen.askedFirst = await button("Keep it").evaluate((element) => element === document.activeElement);
  await button("Delete").click();
  await page.waitForURL(`${address}/`);
  await cardOf(id).waitFor({ state: "detached" });
  seen.files.push((await fetch(picture)).status);
  const others = page.locator("[data-task]", { hasText: "a yellow star" });
  seen.variations = await others.evaluateAll((cards) => cards.map((card) => card.dataset.task));
  for (const other of seen.variations) await inStatus(other, "done");
}

async function offlineAndBack() {
  await context.setOffline(true);
  await page.getByText("You are offline.").waitFor();
  const drawn = await submit("a boat while nobody looks", SMALL);
  await ask({ do: "wait", task: drawn });
  seen.unseen = await cardOf(drawn).count();
  await context.setOffline(false);
  await inStatus(drawn, "done");
  await page.getByText("You are offline.").waitFor({ state: "detached" });
}

async function restartedServer() {
  await ask({ do: "kill" });
  await page.getByText("The connection to the queue is lost.").waitFor();
  await page.screenshot({ path: `${folder}/lost.png` });
  await ask({ do: "start" });
  const drawn = await submit("a house after the storm", SMALL);
  await inStatus(drawn, "done");
  await page.getByText("The connection to the queue is lost.").waitFor({ state: "detached" });
  // A picture that was asked for while the server was away comes after all.
  await page.waitForFunction(() => {
    const done = [...document.querySelectorAll('[data-task]:has([data-testid=status][data-status="done"])')];
    return done.every((card) => card.querySelector("img.picture-result")?.naturalWidth > 0);
  });
}

async function manyTabs() {
  const tabs = [page];
  while (tabs.length < TABS) tabs.push(await context.newPage());
  await Promise.all(tabs.slice(1).map((tab) => tab.goto(address, { waitUntil: "commit" })));
  await Promise.all(tabs.map((tab) => tab.locator("[data-task]").first().waitFor()));
  const drawn = await submit("a garden of eight windows", SMALL);
  await Promise.all(tabs.map((tab) => inStatus(drawn, "done", tab)));
  const statuses = (id) =>
    Promise.all(tabs.map((tab) => cardOf(id, tab).getByTestId("status").getAttribute("data-status")));
  seen.tabs = await statuses(drawn);
  // The last one can still write.
  const waiting = await submit("a door that stays shut", LONG);
  await button("Cancel", cardOf(waiting, tabs.at(-1))).click();
  await Promise.all(tabs.map((tab) => inStatus(waiting, "cancelled", tab)));
  seen.calledOff = await statuses(waiting);
}

try {
  const took = {};
  const timed = async (name, work) => {
    const began = Date.now();
    const given = await work();
    took[name] = (Date.now() - began) / 1000;
    return given;
  };
  const first = await timed("first", firstPicture);
  await timed("watch", watchAndCancel);
  await timed("fail", failAndRetry);
  await timed("see", () => see(first));
  await timed("vary", () => varyAndDelete(first));
  await timed("offline", offlineAndBack);
  await timed("restart", restartedServer);
  seen.said = await page.evaluate(() => window.said);
  await timed("tabs", manyTabs);
  seen.took = took;
} catch (error) {
  await page.screenshot({ path: `${folder}/failed.png` });
  console.error(await page.locator("body").innerText());
  throw error;
} finally {
  await browser.close();
}
console.log(JSON.stringify({ seen }));
process.exit(0);
