// A page in Chromium, served by the local Hosting, with the SDK's own browser build.
import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const SDK = fileURLToPath(new URL("../node_modules/firebase/", import.meta.url));
const FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
test.after(() => browser.close());

async function openPage() {
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  // The browser build names its parts by their public address; they come from the pinned package.
  await page.route("https://www.gstatic.com/firebasejs/*/*", (route) =>
    route.fulfill({ path: SDK + new URL(route.request().url()).pathname.split("/").at(-1) }),
  );
  await page.goto(`http://${process.env.HOSTING_HOST}/`);
  await page.waitForFunction(() => window.ready);
  return { page, problems };
}

test("a visitor signs in, uploads, shows the picture and comes back as the same user", async () => {
  const { page, problems } = await openPage();
  const first = await page.evaluate(() => window.signIn());
  const seen = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(900, 700);
    const pixels = canvas.getContext("2d").createImageData(900, 700);
    for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = i % 4 === 3 ? 255 : (i * 7919) % 251;
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    const url = await window.upload("uploads/noise.png", await canvas.convertToBlob({ type: "image/png" }));
    const picture = new Image();
    picture.crossOrigin = "anonymous";
    picture.src = url;
    await picture.decode();
    return [picture.naturalWidth, picture.naturalHeight];
  });
  assert.deepEqual(seen, [900, 700]);
  await page.reload();
  await page.waitForFunction(() => window.ready);
  assert.equal(await page.evaluate(() => window.signIn()), first);
  assert.deepEqual(problems, []);
});

test("a video is sought in without being fetched whole", async () => {
  const { page, problems } = await openPage();
  const ranges = [];
  page.on("response", (answer) => {
    if (answer.url().includes("alt=media")) ranges.push([answer.status(), answer.headers()["content-range"]]);
  });
  const time = await page.evaluate(async (path) => {
    await window.signIn();
    const video = document.createElement("video");
    const happens = (name) => new Promise((done) => video.addEventListener(name, done, { once: true }));
    video.preload = "metadata";
    video.src = await window.urlOf(path);
    await happens("loadedmetadata");
    video.currentTime = video.duration - 1;
    await happens("seeked");
    return video.duration - video.currentTime;
  }, process.env.CLIP);
  assert.ok(Math.abs(time - 1) < 0.1, `${time} s before the end`);
  assert.ok(ranges.length >= 2 && ranges.every(([status]) => status === 206), JSON.stringify(ranges));
  assert.ok(ranges.some(([, range]) => !range.startsWith("bytes 0-")), JSON.stringify(ranges));
  assert.deepEqual(problems, []);
});
