// Lighthouse's scores for pages in the real Chromium: `node lighthouse.mjs URL…` prints one JSON object a line: url,
// scores out of 100, the paints in seconds, and what is held against the page. Of three looks at each page it is the one
// whose speed is in the middle: another program at work makes a page slow.
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const LOOKS = 3;
// The net is never quiet, for Firestore listens: whatever is there by then is looked at.
const PATIENCE_MILLIS = 15_000;

async function look(url, port) {
  const options = { port, output: "json", logLevel: "error", maxWaitForLoad: PATIENCE_MILLIS };
  const { lhr } = await lighthouse(url, options);
  const scores = Object.fromEntries(
    Object.entries(lhr.categories).map(([name, { score }]) => [name, Math.round(score * 100)]),
  );
  const seconds = (audit) => Math.round(lhr.audits[audit].numericValue / 10) / 100;
  const paints = { first: seconds("first-contentful-paint"), largest: seconds("largest-contentful-paint") };
  const against = Object.values(lhr.audits)
    .filter(({ score, scoreDisplayMode }) => score !== null && score < 0.9 && scoreDisplayMode !== "informative")
    .map(({ id, displayValue }) => [id, displayValue].filter(Boolean).join(": "));
  return { url, scores, paints, against };
}

const chrome = await launch({ chromePath: process.env.CHROMIUM ?? "/usr/bin/chromium", chromeFlags: FLAGS });
try {
  for (const url of process.argv.slice(2)) {
    const seen = [];
    for (let count = 0; count < LOOKS; count++) seen.push(await look(url, chrome.port));
    seen.sort((one, other) => one.scores.performance - other.scores.performance);
    console.log(JSON.stringify(seen[Math.floor(LOOKS / 2)]));
  }
} finally {
  await chrome.kill();
}
