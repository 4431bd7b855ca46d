import { afterEach, expect, test } from "vitest";
import { KNOWN_RENDERERS } from "../src/contract";
import { fieldsOf, labelOf } from "../src/options/fields";
import { type Language, LANGUAGES, speak } from "../src/words/language";
import { GERMAN } from "../src/words/german_options";
import { helpOf, loadOptions, summaryOf } from "../src/words/options";

const modules = import.meta.glob<{ words?: () => object }>("../src/words/*.ts", { eager: true });
const catalogues = Object.entries(modules).flatMap(([path, { words }]) =>
  words ? [{ area: path.replace(/^.*\/|\.ts$/g, ""), words }] : [],
);

afterEach(() => speak("en"));

/** Each text of a catalogue by its path: what it is, or of how many things it is made. */
function texts(words: object, path = ""): Record<string, string> {
  return Object.fromEntries(
    Object.entries(words).flatMap(([key, text]: [string, unknown]) => {
      const at = `${path}/${key}`;
      if (typeof text === "function") return [[at, `of ${text.length}`]];
      return typeof text === "object" && text ? Object.entries(texts(text, at)) : [[at, String(text)]];
    }),
  );
}

function said(words: () => object, language: Language): Record<string, string> {
  speak(language);
  return texts(words());
}

async function speakGerman(): Promise<void> {
  speak("de");
  await loadOptions();
}

test.each(catalogues)("$area says everything in every language", ({ words }) => {
  const english = said(words, "en");
  expect(Object.keys(english)).not.toHaveLength(0);
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    const other = said(words, language);
    expect(Object.keys(other).sort()).toEqual(Object.keys(english).sort());
    for (const [at, text] of Object.entries(other)) {
      expect(text.trim(), at).not.toBe("");
      if (text.startsWith("of ")) expect(text, at).toBe(english[at]);
    }
  }
});

test.each(Object.keys(KNOWN_RENDERERS))(
  "%s has its options named and explained in German",
  async (renderer) => {
    const { options, summary } = KNOWN_RENDERERS[renderer] ?? { options: {}, summary: "" };
    await speakGerman();
    expect(summaryOf(renderer, summary)).not.toBe(summary);
    for (const field of fieldsOf(options)) {
      expect(Object.keys(GERMAN.names)).toContain(field.name);
      expect(Object.keys(GERMAN.help)).toContain(field.name);
      const words = field.kind === "choice" && field.choices.every((choice) => /^[a-z_]+$/.test(choice));
      if (words) for (const choice of field.choices) expect(Object.keys(GERMAN.names)).toContain(choice);
    }
  },
);

test("what is unknown is told in its schema's own words", async () => {
  await speakGerman();
  expect(helpOf("sparkle", "How much it sparkles")).toBe("How much it sparkles");
  expect(summaryOf("etcher", "Draws with acid.")).toBe("Draws with acid.");
  expect(labelOf("line_width")).toBe("Line width");
});

test("options change their language with the page", async () => {
  const label = () => fieldsOf({ properties: { cells: { type: "integer", description: "Cells" } } })[0];
  expect(label()).toMatchObject({ label: "Cells", help: "Cells" });
  await speakGerman();
  expect(label()).toMatchObject({ label: "Zellen", help: GERMAN.help.cells });
});
