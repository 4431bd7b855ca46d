// Says what the built page weighs at first load, compressed: `npm run weigh`. Fails above what is allowed.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST_SCRIPT = 190_000;
const dist = new URL("../dist/", import.meta.url);
const page = readFileSync(new URL("index.html", dist), "utf8");
// Vite names every script that the first one imports, so that the browser asks for all of them at once.
const files = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, file]) => file);
const weight = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
const sum = (kind) =>
  files.filter((file) => file.endsWith(kind)).reduce((all, file) => all + weight(file), 0);
const inWords = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

const script = sum(".js");
console.log(`first load, compressed: ${inWords(script)} of script, ${inWords(sum(".css"))} of style`);
if (script > MOST_SCRIPT) {
  console.error(
    `script may weigh ${inWords(MOST_SCRIPT)} at most: load what the first screen doesn't need later`,
  );
  process.exitCode = 1;
}
