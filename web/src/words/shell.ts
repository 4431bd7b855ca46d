/** What stands around every screen. */

import { inEachLanguage } from "./language";

export const words = inEachLanguage({
  en: {
    skip: "Skip to the content",
    screens: "Screens",
    create: "Create",
    gallery: "Gallery",
    account: "Account",
    operator: "Operator",
    language: "Language",
    theme: "Theme",
    themes: { system: "System", light: "Light", dark: "Dark" },
    offline: "You are offline. What you see may have changed; it catches up when you are back.",
    reconnecting: "The connection to the queue is lost. Trying again…",
    dismiss: "Dismiss",
    loading: "Loading…",
    notLoaded: "This screen could not be loaded. Check the connection and load the page again.",
    loadAgain: "Load again",
    noFirebase: "This page has no Firebase",
    notStarted: "Firebase could not be started",
    asksFor: (path: string) =>
      `The page asks its own address for ${path}, which Firebase Hosting serves and the local Firebase too.`,
    startOne: "Start one with `brushfire up`, or put the page online with `firebase deploy`.",
    tryAgain: "Try again",
  },
  de: {
    skip: "Zum Inhalt springen",
    screens: "Seiten",
    create: "Malen",
    gallery: "Galerie",
    account: "Konto",
    operator: "Betrieb",
    language: "Sprache",
    theme: "Farben",
    themes: { system: "System", light: "Hell", dark: "Dunkel" },
    offline: "Du bist offline. Was du siehst, kann veraltet sein; es holt auf, sobald du wieder da bist.",
    reconnecting: "Die Verbindung zur Warteschlange ist weg. Neuer Versuch…",
    dismiss: "Schließen",
    loading: "Lädt…",
    notLoaded:
      "Diese Seite konnte nicht geladen werden. Prüfe die Verbindung und lade die Seite noch einmal.",
    loadAgain: "Neu laden",
    noFirebase: "Diese Seite hat kein Firebase",
    notStarted: "Firebase konnte nicht gestartet werden",
    asksFor: (path: string) =>
      `Die Seite fragt ihre eigene Adresse nach ${path}; Firebase Hosting liefert das, das lokale Firebase auch.`,
    startOne: "Starte eines mit `brushfire up`, oder stell die Seite mit `firebase deploy` ins Netz.",
    tryAgain: "Noch einmal versuchen",
  },
});
