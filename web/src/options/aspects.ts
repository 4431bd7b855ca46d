/** The shapes of pictures by the names that `aspect` has for them: width over height. */
const RATIOS: Readonly<Record<string, number>> = { square: 1, portrait: 4 / 5, widescreen: 16 / 9 };

/** Width over height; a shape of unknown name is taken for a square. */
export function ratioOf(aspect: unknown): number {
  return (typeof aspect === "string" ? RATIOS[aspect] : undefined) ?? 1;
}
