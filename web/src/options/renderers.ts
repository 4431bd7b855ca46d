/** Which renderer comes first. */

/** The order in which they are offered; those it doesn't name come after, by name. */
const ORDER = ["diffusion", "pixeldraw", "vqgan_clip", "clipdraw"];

/** The renderers of a catalog, the one to begin with first. */
export function offered(catalog: Readonly<Record<string, unknown>>): string[] {
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.keys(catalog).sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
}
