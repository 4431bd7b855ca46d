/** Words that are added to a prompt and taken out again, for whoever would rather choose than type. */

export interface Modifier {
  words: string;
  /** Before what is painted ("a red boat"), or after all of it ("a boat at night"). */
  place: "before" | "after";
}

const PREPOSITIONS = ["on", "in", "at", "by", "under", "with"];
const ENDS = new RegExp(`,|\\s(?:${PREPOSITIONS.join("|")})\\s`, "i");

/** The prompt with the words in its first part, as benchmarks/samples.py adds them. */
export function withWords(prompt: string, { words, place }: Modifier): string {
  return inFirstPart(prompt, (text) => {
    if (text === "") return words;
    if (place === "after") return `${text}${joint(words)}${words}`;
    const [, article = "", rest = text] = /^(an?|the)\s+(.*)$/is.exec(text) ?? [];
    return [fitting(article, words), words, rest].filter((part) => part !== "").join(" ");
  });
}

export function withoutWords(prompt: string, { words, place }: Modifier): string {
  return inFirstPart(prompt, (text) => {
    if (place === "after") return text.replace(found(words, ",?\\s*"), "").replace(/^,\s*/, "");
    const subject = subjectOf(text);
    const bare = subject.replace(found(words, "\\s*"), "").trim();
    const [, article = "", rest = bare] = /^(an?|the)\s+(.*)$/is.exec(bare) ?? [];
    return (
      [fitting(article, rest), rest].filter((part) => part !== "").join(" ") + text.slice(subject.length)
    );
  });
}

export function hasWords(prompt: string, { words, place }: Modifier): boolean {
  const text = firstPart(prompt).text;
  return found(words, "\\s*").test(place === "before" ? subjectOf(text) : text);
}

/** A new prompt is made of words that exclude each other, or go together. */
export function toggled(prompt: string, chosen: Modifier, others: readonly Modifier[]): string {
  if (hasWords(prompt, chosen)) return withoutWords(prompt, chosen);
  const without = others
    .filter((other) => other.words !== chosen.words && hasWords(prompt, other))
    .reduce(withoutWords, prompt);
  return withWords(without, chosen);
}

/** What `|` separates is weighed apart: the words belong to the first, before its weight. */
function firstPart(prompt: string): { text: string; rest: string } {
  const bar = prompt.indexOf("|");
  const part = bar < 0 ? prompt : prompt.slice(0, bar);
  const weight = /(?:\s*:\s*[+-]?(?:\d+\.?\d*|\.\d+)){0,2}\s*$/.exec(part)?.[0] ?? "";
  const text = part.slice(0, part.length - weight.length);
  return {
    text: text.trim(),
    rest: (bar < 0 ? weight.trimEnd() : weight) + (bar < 0 ? "" : prompt.slice(bar)),
  };
}

function inFirstPart(prompt: string, change: (text: string) => string): string {
  const { text, rest } = firstPart(prompt);
  return change(text) + rest;
}

/** What is painted, without where and when. */
function subjectOf(text: string): string {
  const end = ENDS.exec(text)?.index;
  return end === undefined ? text : text.slice(0, end);
}

function joint(words: string): string {
  return PREPOSITIONS.includes(words.split(" ")[0] ?? "") ? " " : ", ";
}

/** "a" and "an" by what follows; other articles as they are. */
function fitting(article: string, next: string): string {
  if (!/^an?$/i.test(article)) return article;
  return (article.startsWith("A") ? "A" : "a") + (/^[aeiou]/i.test(next) ? "n" : "");
}

/** The words as such, not as a part of others; with what stands before them. */
function found(words: string, before: string): RegExp {
  const literal = words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?:^|(?<=[\\s,])|(?=[\\s,]))${before}(?<![\\p{L}\\d-])${literal}(?![\\p{L}\\d-])`, "iu");
}
