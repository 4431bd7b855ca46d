// Asking for pictures in a real Chromium: with each renderer, from pictures pasted and dropped, with an e-mail.
// Arguments: the page's address, a folder for screenshots. Prints one JSON object of what was seen.
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../js/package.json", import.meta.url))("playwright-core");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const PATIENCE = 240_000;
// As little work as each of them can be asked for.
const LITTLE = {
  diffusion: { Size: "64", Steps: "2" },
  pixeldraw: { Size: "64", Iterations: "3", Cuts: "2" },
  vqgan_clip: { Size: "64", Iterations: "3", Cuts: "2" },
  clipdraw: { Size: "64", Iterations: "3", Cuts: "2", Strokes: "8" },
};
const [address, folder] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const seen = { tasks: {}, problems: [] };

const browser = await chromium.launch({ executablePath, args: FLAGS });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: "en-US" });
page.setDefaultTimeout(120_000);
const form = page.getByRole("form", { name: "New picture" });
const prompt = form.getByRole("textbox", { name: "Prompt", exact: true });
const chosen = () => form.locator("input[name=renderer]:checked").getAttribute("value");

/** Presses Draw and waits until the task is among mine, above those that were; its id. */
async function draw(name) {
  const first = page.locator("#pictures [data-task]").first();
  const before = (await first.count()) ? await first.getAttribute("data-task") : "";
  await form.getByRole("button", { name: "Draw", exact: true }).click();
  await page.waitForFunction((id) => {
    const now = document.querySelector("#pictures [data-task]");
    return now && now.dataset.task !== id;
  }, before);
  seen.tasks[name] = await first.getAttribute("data-task");
  return seen.tasks[name];
}

async function finished(id) {
  const status = page.locator(`#pictures [data-task="${id}"] [data-status]`).first();
  await page.waitForFunction(
    (task) => {
      const found = document.querySelector(`#pictures [data-task="${task}"] [data-status]`);
      return ["done", "failed", "rejected", "cancelled"].includes(found?.dataset.status);
    },
    id,
    { timeout: PATIENCE },
  );
  return status.getAttribute("data-status");
}

async function choose(renderer) {
  await form.locator(`input[name=renderer][value=${renderer}]`).check({ force: true });
  const more = form.locator("details.more");
  if (!(await more.evaluate((details) => details.open))) await more.locator("summary").click();
  for (const [label, value] of Object.entries(LITTLE[renderer])) {
    await form.getByRole("textbox", { name: label, exact: true }).fill(value);
  }
}

/** Gives the page a file as a drop or a paste does. */
function hand(kind, bytes, name, type) {
  return page.evaluate(
    ({ kind, bytes, name, type }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name, { type }));
      const how = { bubbles: true, cancelable: true };
      const event =
        kind === "drop"
          ? new DragEvent("drop", { ...how, dataTransfer: data })
          : new ClipboardEvent("paste", { ...how, clipboardData: data });
      document.body.dispatchEvent(event);
    },
    { kind, bytes: [...bytes], name, type },
  );
}

/** A photo that no renderer needs as large as it is. */
async function photo() {
  return Buffer.from(
    await page.evaluate(async () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [2600, 1300];
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#2255cc";
      pen.fillRect(0, 0, 2600, 1300);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg"));
      return [...new Uint8Array(await blob.arrayBuffer())];
    }),
  );
}

try {
  page.on("console", (message) => message.type() === "error" && seen.problems.push(message.text()));
  page.on("pageerror", (error) => seen.problems.push(String(error)));
  await page.goto(address);
  await prompt.fill("a boat on the sea");
  await form.getByRole("button", { name: "Words of style" }).click();
  await form.getByRole("button", { name: "at sunset", exact: true }).click();
  await form.getByRole("button", { name: "Words of style" }).click();
  seen.prompt = await prompt.inputValue();

  // A wrong address is told at its field, and nothing is sent.
  await form.getByLabel("E-mail me when it is done").check();
  const email = form.getByRole("textbox", { name: "E-mail address" });
  await email.fill("nobody");
  await choose("pixeldraw");
  await form.getByRole("button", { name: "Draw", exact: true }).click();
  seen.mistake = await form.locator("#email-mistake").innerText();
  await email.fill("artist@example.org");
  await draw("pixeldraw");
  await form.getByLabel("E-mail me when it is done").uncheck();
  for (const renderer of ["diffusion", "vqgan_clip", "clipdraw"]) {
    await choose(renderer);
    await draw(renderer);
  }
  seen.statuses = {};
  for (const [renderer, id] of Object.entries(seen.tasks)) seen.statuses[renderer] = await finished(id);
  await page.screenshot({ path: `${folder}/four-renderers.png` });

  // A pasted picture is one to begin from.
  await choose("diffusion");
  await hand("paste", await photo(), "photo.jpg", "image/jpeg");
  await form.getByText("made smaller, 2048 × 1024").waitFor();
  await form.getByRole("textbox", { name: "Strength" }).fill("0.5");
  // A mask, painted by keyboard: one dab in the middle.
  await form.getByRole("button", { name: "Paint a mask" }).click();
  await page.locator(".painter canvas").press(" ");
  await page.getByRole("button", { name: "Take this mask" }).click();
  await form.getByRole("button", { name: "Remove: Mask" }).waitFor();
  await page.screenshot({ path: `${folder}/begin-from.png` });
  await draw("begun");
  seen.statuses.begun = await finished(seen.tasks.begun);

  // A Brushfire PNG that is dropped anywhere fills the form with its recipe.
  await page.locator(`#pictures [data-task="${seen.tasks.pixeldraw}"] a`).first().click();
  const href = await page.getByRole("link", { name: "PNG" }).first().getAttribute("href");
  const png = Buffer.from(await (await page.request.get(href)).body());
  await hand("drop", png, "boat.png", "image/png");
  await form.getByText("The form holds the recipe of").waitFor();
  seen.recipe = {
    prompt: await prompt.inputValue(),
    renderer: await chosen(),
    seed: await form.getByRole("textbox", { name: "Seed" }).inputValue(),
  };
  await page.screenshot({ path: `${folder}/recipe.png` });
  await draw("remix");
  seen.statuses.remix = await finished(seen.tasks.remix);
} catch (error) {
  await page.screenshot({ path: `${folder}/failed.png` });
  throw Object.assign(error, { seen });
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
