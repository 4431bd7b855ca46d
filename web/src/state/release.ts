/**
 * A page that was opened before a new release asks for files that are gone. It is then loaded anew, once; what can't be
 * loaded for another reason, its place says (components/lazily.tsx).
 */

const KEPT = "brushfire.outdated";

interface Page {
  /** The path of the script that index.html named when this page was opened. */
  script: string;
  /** Reads index.html as it is now. */
  read: () => Promise<string>;
  /** What is kept for as long as the tab is open. */
  kept: Pick<Storage, "getItem" | "setItem">;
  reload: () => void;
}

/** Loads the page anew if the site has another release by now, and this wasn't tried for the same one before. */
export async function renew({ script, read, kept, reload }: Page): Promise<void> {
  if (kept.getItem(KEPT) === script) return;
  const now = await read().catch(() => script); // away: whether there is another release isn't known
  if (now.includes(script)) return;
  kept.setItem(KEPT, script);
  reload();
}

async function indexNow(): Promise<string> {
  const answer = await fetch("/", { cache: "no-store" });
  if (!answer.ok) throw new Error(`/ answers ${answer.status}`);
  return answer.text();
}

/** Looks for another release whenever a part of the page can't be loaded. `script`: the page's first, its URL. */
export function followReleases(script: string): void {
  addEventListener("vite:preloadError", () => {
    void renew({
      script: new URL(script).pathname,
      read: indexNow,
      kept: sessionStorage,
      reload: () => location.reload(),
    });
  });
}
