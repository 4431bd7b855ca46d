// Asks axe about every screen of the page in both themes, in a real Chromium. Arguments: the page's address, the
// e-mail and password of an operator who has tasks, the ids of those tasks, comma-separated. Prints what axe holds
// against each screen as one JSON object: name → violations.
import { createRequire } from "node:module";

const need = createRequire(new URL("../js/package.json", import.meta.url));
const { chromium } = need("playwright-core");
const AXE = need.resolve("axe-core/axe.min.js");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const [address, email, password, ids] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const found = {};

const browser = await chromium.launch({ executablePath, args: FLAGS });
// axe is added to the page from outside, which the page's own policy forbids to everyone.
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en", bypassCSP: true });
context.setDefaultTimeout(60_000);
const page = await context.newPage();

async function ask(name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    if (!(await page.evaluate(() => "axe" in window))) await page.addScriptTag({ path: AXE });
    const { violations } = await page.evaluate(() => window.axe.run());
    found[`${name}, ${colorScheme}`] = violations.map(({ id, nodes }) => ({
      id,
      where: nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
    }));
  }
}

async function open(path, ready) {
  await page.goto(address + path);
  await page.locator(ready).first().waitFor();
}

async function signIn() {
  await open("/account", "#account-email");
  await ask("account of a guest");
  await page.getByText("Sign in", { exact: true }).first().click();
  await page.locator("#account-email").fill(email);
  await page.locator("#account-password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByTestId("signed-in").waitFor();
  await ask("account");
}

try {
  await open("/", "form");
  await ask("home of a guest");
  await signIn();
  await open("/", "#pictures [data-task]");
  await page.getByText("More options").click();
  await page.getByRole("button", { name: "Words of style" }).click();
  await page.locator(".style-word").first().waitFor();
  await ask("home");
  await page.setViewportSize({ width: 390, height: 844 });
  await ask("home on a phone");
  await page.setViewportSize({ width: 1280, height: 900 });
  for (const id of ids.split(",")) {
    await open(`/t/${id}`, "[data-testid=task]");
    await ask(`task ${id}`);
  }
  await open("/gallery", "[data-picture]");
  await ask("gallery");
  await open("/operator", ".operator .panel");
  await page.waitForTimeout(1000); // for the counts
  await ask("operator");
} finally {
  await browser.close();
}
console.log(JSON.stringify(found));
