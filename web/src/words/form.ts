/** What the form says: its own fields, and what is wrong with what was typed. Options have their texts in options.ts. */

import { inEachLanguage } from "./language";

export const words = inEachLanguage({
  en: {
    newPicture: "New picture",
    prompt: "Prompt",
    promptPlaceholder: "What should be painted?",
    examples: "Examples",
    renderer: "Renderer",
    moreOptions: "More options",
    draw: "Draw",
    sending: "Sending…",
    byDefault: "By default",
    random: "Random",
    rollASeed: "Roll a seed",
    public: "Public",
    publicHelp: "Everyone may see it once it is done",
    oneALine: (help: string) => `${help}; one a line`,
    bounds: {
      fromTo: (min: number, max: number) => `from ${min} to ${max}`,
      above: (min: number) => `above ${min}`,
      atLeast: (min: number) => `of at least ${min}`,
      below: (max: number) => `below ${max}`,
      atMost: (max: number) => `of at most ${max}`,
      both: (lower: string, upper: string) => `${lower} and ${upper}`.replace("and of", "and"),
    },
    mistakes: {
      oneOf: (label: string, choices: string) => `${label} must be one of ${choices}.`,
      wholeNumber: (label: string, bounds: string) => `${label} must be ${spaced("a whole number", bounds)}.`,
      number: (label: string, bounds: string) => `${label} must be ${spaced("a number", bounds)}.`,
      lines: (label: string, most: number, has: number) =>
        `${label} may have at most ${most} lines; it has ${has}.`,
      digits: (label: string) => `${label} as a number may have at most 15 digits; a text may be longer.`,
      characters: (label: string, most: number, has: number) =>
        `${label} may have at most ${most} characters; it has ${has}.`,
      noPrompt: "Say what to paint.",
      longPrompt: (most: number, has: number) =>
        `The prompt may have at most ${most} characters; it has ${has}.`,
      emptyPart: "Write something on both sides of each “|”.",
    },
  },
  de: {
    newPicture: "Neues Bild",
    prompt: "Prompt",
    promptPlaceholder: "Was soll gemalt werden? (auf Englisch)",
    examples: "Beispiele",
    renderer: "Malweise",
    moreOptions: "Weitere Optionen",
    draw: "Malen",
    sending: "Wird gesendet…",
    byDefault: "Voreinstellung",
    random: "Zufällig",
    rollASeed: "Seed würfeln",
    public: "Öffentlich",
    publicHelp: "Alle können es sehen, sobald es fertig ist",
    oneALine: (help: string) => `${help}; eines je Zeile`,
    bounds: {
      fromTo: (min: number, max: number) => `von ${min} bis ${max}`,
      above: (min: number) => `über ${min}`,
      atLeast: (min: number) => `mindestens ${min}`,
      below: (max: number) => `unter ${max}`,
      atMost: (max: number) => `höchstens ${max}`,
      both: (lower: string, upper: string) => `${lower} und ${upper}`,
    },
    mistakes: {
      oneOf: (label: string, choices: string) => `${label}: Möglich sind ${choices}.`,
      wholeNumber: (label: string, bounds: string) =>
        `${label}: Hier gehört eine ganze Zahl hin${afterComma(bounds)}.`,
      number: (label: string, bounds: string) => `${label}: Hier gehört eine Zahl hin${afterComma(bounds)}.`,
      lines: (label: string, most: number, has: number) =>
        `${label}: höchstens ${most} Zeilen; es sind ${has}.`,
      digits: (label: string) => `${label}: als Zahl höchstens 15 Ziffern; ein Text darf länger sein.`,
      characters: (label: string, most: number, has: number) =>
        `${label}: höchstens ${most} Zeichen; es sind ${has}.`,
      noPrompt: "Sag, was gemalt werden soll.",
      longPrompt: (most: number, has: number) =>
        `Der Prompt darf höchstens ${most} Zeichen haben; er hat ${has}.`,
      emptyPart: "Schreib etwas auf beide Seiten von jedem „|“.",
    },
  },
});

function spaced(noun: string, bounds: string): string {
  return bounds === "" ? noun : `${noun} ${bounds}`;
}

function afterComma(bounds: string): string {
  return bounds === "" ? "" : `, ${bounds}`;
}
