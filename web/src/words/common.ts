/** What every screen may say: statuses, times, places in line, and Firebase's errors as sentences. */

import { inEachLanguage } from "./language";

export const words = inEachLanguage({
  en: {
    statuses: {
      queued: "Waiting",
      scheduled: "Waiting to try again",
      running: "Drawing",
      done: "Done",
      failed: "Failed",
      cancelled: "Cancelled",
      rejected: "Rejected",
    },
    /** What a screen reader hears of a task that changed. */
    news: {
      running: (prompt: string) => `“${prompt}” is being drawn.`,
      done: (prompt: string) => `“${prompt}” is done.`,
      failed: (prompt: string) => `“${prompt}” failed.`,
      cancelled: (prompt: string) => `“${prompt}” was cancelled.`,
      rejected: (prompt: string) => `“${prompt}” was rejected.`,
    },
    about: (duration: string) => `about ${duration}`,
    forAWorker: "for a worker",
    nextInLine: "next in line",
    before: (tasks: number) => `${tasks} before it`,
    soon: "soon",
    tooManyWaiting: (most: number) => `You have ${most} tasks in line; ask for more when some are done.`,
    tooManyToday: (most: number, hours: number) =>
      `You have asked for ${most} pictures today; ask for more in ${hours} h.`,
    aModel: "The model",
    weights: {
      missing_weights: (model: string) => `${model} isn't on the machine that was to draw this.`,
      damaged_weights: (model: string) => `${model} is broken on the machine that was to draw this.`,
    },
    errors: {
      noNetwork: "Signing in needs a connection, and Firebase can't be reached.",
      noVisitors:
        "This project doesn't let visitors in: anonymous sign-in is switched off in its Firebase console.",
      tooManySignIns: "Too many sign-ins from here for now; try again in some minutes.",
      notAllowed: "The project's rules don't allow this.",
      unavailable: "Firebase can't be reached right now; try again when the connection is back.",
      exhausted: "The project has used up its quota for today.",
      noIndexes: "The project's Firestore isn't set up for this page yet: deploy its indexes.",
    },
  },
  de: {
    statuses: {
      queued: "Wartet",
      scheduled: "Wartet auf neuen Versuch",
      running: "Wird gemalt",
      done: "Fertig",
      failed: "Fehlgeschlagen",
      cancelled: "Abgebrochen",
      rejected: "Abgelehnt",
    },
    news: {
      running: (prompt: string) => `„${prompt}“ wird gemalt.`,
      done: (prompt: string) => `„${prompt}“ ist fertig.`,
      failed: (prompt: string) => `„${prompt}“ ist fehlgeschlagen.`,
      cancelled: (prompt: string) => `„${prompt}“ wurde abgebrochen.`,
      rejected: (prompt: string) => `„${prompt}“ wurde abgelehnt.`,
    },
    about: (duration: string) => `etwa ${duration}`,
    forAWorker: "auf einen Rechner",
    nextInLine: "als Nächstes dran",
    before: (tasks: number) => `${tasks} davor`,
    soon: "gleich",
    tooManyWaiting: (most: number) =>
      `Du hast ${most} Bilder in der Schlange; bitte um weitere, wenn einige fertig sind.`,
    tooManyToday: (most: number, hours: number) =>
      `Du hast heute um ${most} Bilder gebeten; weitere gehen in ${hours} h.`,
    aModel: "Das Modell",
    weights: {
      missing_weights: (model: string) => `${model} fehlt auf dem Rechner, der das malen sollte.`,
      damaged_weights: (model: string) => `${model} ist auf dem Rechner beschädigt, der das malen sollte.`,
    },
    errors: {
      noNetwork: "Zum Anmelden braucht es eine Verbindung, und Firebase ist nicht zu erreichen.",
      noVisitors:
        "Dieses Projekt lässt keine Besucher ein: Die anonyme Anmeldung ist in seiner Firebase-Konsole abgeschaltet.",
      tooManySignIns: "Im Moment zu viele Anmeldungen von hier; versuch es in ein paar Minuten wieder.",
      notAllowed: "Die Regeln des Projekts erlauben das nicht.",
      unavailable:
        "Firebase ist gerade nicht zu erreichen; versuch es wieder, wenn die Verbindung zurück ist.",
      exhausted: "Das Projekt hat sein Kontingent für heute aufgebraucht.",
      noIndexes:
        "Der Firestore des Projekts ist für diese Seite noch nicht eingerichtet: Seine Indizes fehlen.",
    },
  },
});
