// Makes public/icons/*.png from public/favicon.svg, in the Chromium that the browser tests use: `npm run icons`.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const { chromium } = createRequire(new URL("tests/js/package.json", root))("playwright-core");
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const PAPER = "#f7f3ec";
const INK = "#231c15";

// `mark` is the sign's part of the width. What is masked keeps its content in the middle 80 %; what isn't has none of
// the ground around it.
const ICONS = [
  { name: "192", width: 192, height: 192, mark: 1, ground: "transparent" },
  { name: "512", width: 512, height: 512, mark: 1, ground: "transparent" },
  { name: "maskable-512", width: 512, height: 512, mark: 0.62, ground: PAPER },
  { name: "apple-180", width: 180, height: 180, mark: 0.72, ground: PAPER },
  { name: "share", width: 1200, height: 630, mark: 0.24, ground: PAPER, name_too: true },
];

const svg = readFileSync(new URL("../public/favicon.svg", import.meta.url), "utf8");
const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
const folder = fileURLToPath(new URL("../public/icons/", import.meta.url));
mkdirSync(folder, { recursive: true });

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  for (const { name, width, height, mark, ground, name_too } of ICONS) {
    const page = await browser.newPage({ viewport: { width, height } });
    const words = name_too ? `<span style="font:600 120px Georgia, serif;color:${INK}">Brushfire</span>` : "";
    await page.setContent(
      `<body style="margin:0;height:100vh;display:flex;gap:40px;align-items:center;justify-content:center;` +
        `background:${ground}"><img src="${source}" style="width:${width * mark}px">${words}</body>`,
    );
    await page.locator("img").evaluate((image) => image.decode());
    await page.screenshot({ path: `${folder}${name}.png`, omitBackground: true });
    await page.close();
  }
} finally {
  await browser.close();
}
