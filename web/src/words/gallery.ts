/** What is said in the gallery, and of likes and reports. */

import { inEachLanguage } from "./language";

export const words = inEachLanguage({
  en: {
    title: "Gallery",
    back: "← Gallery",
    order: "Order",
    orders: { newest: "Newest", liked: "Most liked" },
    renderer: "Renderer",
    allRenderers: "All renderers",
    empty: "No picture is public yet. Make one, and let everyone see it.",
    emptyOf: (renderer: string) => `Nobody has shown a picture by ${renderer} yet.`,
    makeOne: "Make a picture",
    all: (count: number) => (count === 1 ? "That is the only one." : `Those are all ${count}.`),
    more: "More pictures",
    loading: "Loading…",
    notLoaded: "The pictures could not be loaded.",
    again: "Try again",
    like: (count: number) => `Like, ${likes(count)}`,
    unlike: (count: number) => `Liked, ${likes(count)}`,
    hide: "Hide from the gallery",
    show: "Show in the gallery again",
    hidden: "Hidden",
    hiddenByOperator: "An operator has hidden this picture: only you and they see it.",
    report: "Report",
    reportTitle: "What is wrong with this picture?",
    reportHelp:
      "Whoever runs this page reads it, and may hide the picture. Its maker doesn't learn who wrote.",
    reason: "Reason",
    send: "Send",
    cancel: "Cancel",
    close: "Close",
    thanks: "Thank you. Somebody will look at it.",
    reportedBefore: "You have reported this picture already, or it is no longer shown.",
  },
  de: {
    title: "Galerie",
    back: "← Galerie",
    order: "Reihenfolge",
    orders: { newest: "Neueste", liked: "Beliebteste" },
    renderer: "Malweise",
    allRenderers: "Alle Malweisen",
    empty: "Noch ist kein Bild öffentlich. Mal eines und zeig es allen.",
    emptyOf: (renderer: string) => `Noch hat niemand ein Bild mit ${renderer} gezeigt.`,
    makeOne: "Ein Bild malen",
    all: (count: number) => (count === 1 ? "Das ist das einzige." : `Das sind alle ${count}.`),
    more: "Mehr Bilder",
    loading: "Lädt…",
    notLoaded: "Die Bilder konnten nicht geladen werden.",
    again: "Noch einmal versuchen",
    like: (count: number) => `Gefällt mir, ${gefaellt(count)}`,
    unlike: (count: number) => `Gefällt dir, ${gefaellt(count)}`,
    hide: "In der Galerie verbergen",
    show: "In der Galerie wieder zeigen",
    hidden: "Verborgen",
    hiddenByOperator: "Die Betreiber haben dieses Bild verborgen: Nur du und sie sehen es.",
    report: "Melden",
    reportTitle: "Was stimmt mit diesem Bild nicht?",
    reportHelp:
      "Wer diese Seite betreibt, liest es und kann das Bild verbergen. Wer es gemalt hat, erfährt nicht, von wem es kommt.",
    reason: "Grund",
    send: "Senden",
    cancel: "Abbrechen",
    close: "Schließen",
    thanks: "Danke. Jemand wird es sich ansehen.",
    reportedBefore: "Du hast dieses Bild schon gemeldet, oder es wird nicht mehr gezeigt.",
  },
});

function likes(count: number): string {
  return count === 1 ? "1 like" : `${count} likes`;
}

function gefaellt(count: number): string {
  return count === 1 ? "gefällt 1 Person" : `gefällt ${count} Personen`;
}
