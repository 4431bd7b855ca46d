/** What is said while tasks are watched, and of finding one's own again. */

import { inEachLanguage } from "./language";

export const words = inEachLanguage({
  en: {
    /** What a screen reader hears as a picture comes on; `quarters` of four. */
    quarters: (prompt: string, quarters: number) => `“${prompt}” is ${quarters * 25} % done.`,
    curve: (first: string, last: string, steps: number) =>
      `Score from ${first} to ${last} over ${steps} steps`,
    attempt: (attempt: number, most: number) => `attempt ${attempt} of ${most}`,
    againIn: (duration: string) => `again in ${duration}`,
    againSoon: "again soon",
    attempts: (count: number) =>
      count === 1 ? "One attempt came to nothing" : `${count} attempts came to nothing`,
    /** By the error's code; its own message stands before it. */
    advice: {
      invalid: "Try again puts it into the form, where it can be corrected.",
      missing_weights:
        "No machine that listens has this model now. Choose another, or ask whoever runs this page for it.",
      damaged_weights:
        "The machine's copy of this model is broken. Choose another, or tell whoever runs this page.",
      render_failed: "Another seed or other options may help.",
      out_of_memory: "A smaller size or a lower quality needs less memory.",
      upload_failed: "The picture was drawn but could not be stored. Try again later.",
      lease_expired: "The machine that drew it stopped answering.",
      offer_expired: "The machine that was to draw it didn't answer.",
      unexpected: "Nobody foresaw this. Trying again may help.",
    },
    search: "Search my pictures",
    searchHint: "Words of the prompt",
    anyRenderer: "Any renderer",
    renderer: "Renderer",
    kind: "What became of it",
    kinds: { all: "All", done: "Done", open: "Not done yet", failed: "Came to nothing" },
    matches: (found: number, known: number) => `${found} of the ${known} pictures that are loaded`,
    notAll: "Older ones aren't loaded yet.",
    clear: "Clear",
    loadMore: "Load older pictures",
    searchOlder: "Search older pictures too",
    loadingMore: "Loading…",
  },
  de: {
    quarters: (prompt: string, quarters: number) => `„${prompt}“ ist zu ${quarters * 25} % fertig.`,
    curve: (first: string, last: string, steps: number) =>
      `Wertung von ${first} bis ${last} über ${steps} Schritte`,
    attempt: (attempt: number, most: number) => `Versuch ${attempt} von ${most}`,
    againIn: (duration: string) => `wieder in ${duration}`,
    againSoon: "gleich wieder",
    attempts: (count: number) =>
      count === 1 ? "Ein Versuch ist gescheitert" : `${count} Versuche sind gescheitert`,
    advice: {
      invalid: "„Noch einmal versuchen“ setzt es ins Formular, wo du es ändern kannst.",
      missing_weights:
        "Kein Rechner, der zuhört, hat dieses Modell. Wähle ein anderes, oder bitte den Betreiber dieser Seite darum.",
      damaged_weights:
        "Auf dem Rechner ist dieses Modell beschädigt. Wähle ein anderes, oder sag dem Betreiber dieser Seite Bescheid.",
      render_failed: "Ein anderer Seed oder andere Optionen können helfen.",
      out_of_memory: "Ein kleineres Bild oder weniger Qualität braucht weniger Speicher.",
      upload_failed: "Das Bild wurde gemalt, ließ sich aber nicht speichern. Versuch es später noch einmal.",
      lease_expired: "Der Rechner, der es gemalt hat, antwortet nicht mehr.",
      offer_expired: "Der Rechner, der es malen sollte, hat nicht geantwortet.",
      unexpected: "Damit hat niemand gerechnet. Ein neuer Versuch kann helfen.",
    },
    search: "Meine Bilder durchsuchen",
    searchHint: "Wörter aus dem Prompt",
    anyRenderer: "Jede Malweise",
    renderer: "Malweise",
    kind: "Was daraus wurde",
    kinds: { all: "Alle", done: "Fertig", open: "Noch nicht fertig", failed: "Gescheitert" },
    matches: (found: number, known: number) => `${found} von ${known} geladenen Bildern`,
    notAll: "Ältere sind noch nicht geladen.",
    clear: "Leeren",
    loadMore: "Ältere Bilder laden",
    searchOlder: "Auch ältere Bilder durchsuchen",
    loadingMore: "Lädt…",
  },
});
