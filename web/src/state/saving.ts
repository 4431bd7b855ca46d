/** Taking a picture home: files under names that say what they are, and the recipe to make it again. */

import type { Task } from "../firebase/queue";

const LONGEST_NAME = 60;

/** "a-boat-on-the-sea-7.png": the prompt, the seed, and which of several it is. */
export function fileName(
  { prompt, result }: Pick<Task, "prompt" | "result">,
  extension: string,
  number = 1,
): string {
  const words = prompt
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-");
  const name =
    [...words]
      .slice(0, LONGEST_NAME)
      .join("")
      .replace(/^-+|-+$/g, "") || "picture";
  const parts = [name, ...(result ? [result.seed] : []), ...(number > 1 ? [number] : [])];
  return `${parts.join("-")}.${extension}`;
}

/** What the PNG carries too: `contract/recipe.py`. Null for a task without a result. */
export function recipeOf({ prompt, renderer, params, result }: Task): Record<string, unknown> | null {
  if (!result) return null;
  const { seed, model, model_hash, versions } = result;
  return {
    prompt,
    renderer,
    params,
    seed,
    ...(model && { model }),
    ...(model_hash && { model_hash }),
    version: versions?.brushfire ?? "",
  };
}

/** The recipe as an address that a link can hold. */
export function addressOfJson(value: unknown): string {
  return `data:application/json;charset=utf-8,${encodeURIComponent(`${JSON.stringify(value, null, 2)}\n`)}`;
}

/**
 * Saves a file under a name of ours. A browser takes a link's `download` for files of the page's own host alone, so
 * the file is fetched first; where its host doesn't allow that, it is opened instead.
 */
export async function save(address: string, name: string): Promise<void> {
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
    const content = URL.createObjectURL(await answer.blob());
    follow(content, name);
    setTimeout(() => URL.revokeObjectURL(content), 60_000);
  } catch {
    follow(address, name);
  }
}

function follow(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.target = "_blank";
  link.rel = "noopener";
  link.click();
}
