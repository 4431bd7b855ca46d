// Accounts, the operator's page, languages and themes, and the deletion of everything, in a real Chromium.
// Arguments: the page's address, a folder for screenshots, a Python that has `brushfire`, and the ids of tasks that
// were put there: one that failed, one that waits for tomorrow, one that was reported. Prints what was seen as JSON.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../js/package.json", import.meta.url))("playwright-core");
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const PROMPT = "a red circle";
const EMAIL = "ann@example.org";
const PASSWORD = "a secret of ann's";
const [address, folder, python, failed, waiting, reported] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const seen = { problems: [], screens: {} };

const browser = await chromium.launch({ executablePath, args: FLAGS });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US", colorScheme: "light" });
const page = await context.newPage();
page.setDefaultTimeout(90_000);
page.on("console", (message) => message.type() === "error" && seen.problems.push(message.text()));
page.on("pageerror", (error) => seen.problems.push(String(error)));

const button = (name) => page.getByRole("button", { name, exact: true });
const screen = (name) => page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
const shoot = (name) => page.screenshot({ path: `${folder}/accounts-${name}.png`, fullPage: true });
const mine = (id) => page.locator(`#pictures [data-task="${id}"]`);
const field = (kind) => page.locator(`#account-${kind}`);
const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

async function draw() {
  await page.goto(address);
  await page.getByRole("textbox", { name: "Prompt" }).fill(PROMPT);
  await page.getByRole("radio", { name: "Pixeldraw" }).check({ force: true });
  await page.getByText("More options").click();
  await page.getByLabel("Size", { exact: true }).fill("64");
  await page.getByLabel("Iterations", { exact: true }).fill("3");
  await button("Draw").click();
  const card = page.locator("#pictures [data-task]").first();
  await card.locator("[data-testid=status][data-status=done]").waitFor({ timeout: 240_000 });
  return card.getAttribute("data-task");
}

async function signUp() {
  await screen("Account");
  await button("Create an account").click();
  seen.lacking = await page.locator("#account-email-mistake").innerText();
  await field("email").fill(EMAIL);
  await field("password").fill(PASSWORD);
  await shoot("guest");
  await button("Create an account").click();
  seen.signedIn = await page.getByTestId("signed-in").innerText();
  await screen("Create");
  await mine(seen.task).waitFor();
}

async function outAndIn() {
  await screen("Account");
  await button("Sign out").click();
  await page.getByText("You are signed out.").waitFor();
  await screen("Create");
  await page.getByText("Nothing here yet.").waitFor();
  seen.whileOut = await mine(seen.task).count();
  await screen("Account");
  await page.getByText("Sign in", { exact: true }).first().click();
  await field("email").fill(EMAIL);
  await field("password").fill("another");
  await button("Sign in").click();
  seen.wrong = await page.locator("#account-password-mistake").innerText();
  await button("Forgotten the password?").click();
  await page.getByText(`If there is an account for ${EMAIL}`).waitFor();
  await field("password").fill(PASSWORD);
  await button("Sign in").click();
  await page.getByTestId("signed-in").waitFor();
  await screen("Create");
  await mine(seen.task).waitFor();
}

async function operate() {
  await page.goto(`${address}/operator`);
  await page.getByText("This page is for those who run this project").waitFor();
  execFileSync(python, ["-m", "brushfire.cli", "operator", EMAIL]);
  await page.reload();
  const row = (place, id) => page.getByTestId(place).locator(`[data-task="${id}"]`);
  await page.getByTestId("counts").locator("[data-status=failed] dd").getByText("1").waitFor();
  seen.failure = await row("failed", failed).innerText();
  await page.getByRole("row").filter({ hasText: "cpu" }).waitFor();
  await row("line", waiting).waitFor();
  await shoot("operator");
  await row("failed", failed).getByRole("button", { name: "Put back in line" }).click();
  await row("failed", failed).waitFor({ state: "detached" });
  await row("line", waiting).getByRole("button", { name: "Cancel" }).click();
  await row("line", waiting).waitFor({ state: "detached" });
  await row("reports", reported).getByRole("button", { name: "Hide from the gallery" }).click();
  await row("hidden", reported).waitFor();
  seen.navigation = await page.getByRole("navigation").getByRole("link").allInnerTexts();
  seen.current = await page.locator("nav [aria-current=page]").innerText();
}

/** The first thing that the keyboard reaches leads past the header. */
async function skip() {
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  seen.skipped = await page.evaluate(() => document.activeElement?.closest("main") !== null);
}

async function languageAndTheme() {
  seen.light = await ground();
  await page.getByLabel("Theme").selectOption("dark");
  seen.dark = await ground();
  await page.getByLabel("Language").selectOption("de");
  await page.getByRole("heading", { name: "Betrieb" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Betrieb" }).waitFor();
  seen.kept = [await ground(), await page.evaluate(() => document.documentElement.lang)];
  await shoot("operator-dark");
}

async function everyScreen() {
  const devtools = await context.newCDPSession(page);
  for (const path of ["/", "/gallery", "/account", "/operator", `/t/${seen.task}`]) {
    await page.goto(address + path);
    await page.locator("main h1").first().waitFor();
    const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
    seen.lacksForInstalling = installabilityErrors.map(({ errorId }) => errorId);
    seen.screens[path.startsWith("/t/") ? "/t" : path] = await page.title();
  }
}

/** A picture that takes long, begun from one of one's own: not over when everything is deleted. */
async function beginAnother() {
  await page.goto(address);
  const buffer = await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } });
  const uploaded = page.waitForResponse(
    (response) => response.request().method() === "POST" && /uploads(%2F|\/)/.test(response.url()) && response.ok(),
  );
  await page.locator("#option-init_image").setInputFiles({ name: "mine.png", mimeType: "image/png", buffer });
  await uploaded;
  await page.locator(".picture-field img").first().waitFor();
  await page.getByRole("textbox", { name: "Prompt" }).fill(PROMPT);
  await page.getByRole("radio", { name: "Pixeldraw" }).check({ force: true });
  await page.getByText("Weitere Optionen").click();
  await page.getByLabel("Schritte", { exact: true }).fill("1000");
  await button("Malen").click();
  const card = page.locator(`#pictures [data-task]:not([data-task="${seen.task}"])`).first();
  await card.waitFor();
  seen.unfinished = await card.getAttribute("data-task");
}

async function deleteEverything() {
  await page.goto(`${address}/account`);
  await button("Meine Daten löschen…").click();
  await shoot("delete");
  await field("password").fill("another");
  await button("Ja, alles löschen").click();
  await page.locator("#account-password-mistake").waitFor();
  await field("password").fill(PASSWORD);
  await button("Ja, alles löschen").click();
  await page.getByText("Alles ist gelöscht.").waitFor({ timeout: 90_000 });
  await screen("Malen");
  await page.getByText("Noch nichts da.").waitFor();
}

try {
  seen.task = await draw();
  await signUp();
  await outAndIn();
  await operate();
  await skip();
  await languageAndTheme();
  await everyScreen();
  await beginAnother();
  await deleteEverything();
} catch (error) {
  await shoot("failed");
  throw Object.assign(error, { seen });
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
