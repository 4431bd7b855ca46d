/** What the account's screen says. */

import { inEachLanguage } from "./language";

const counted = (number: number, one: string, more: string) => (number === 1 ? one : `${number} ${more}`);

export const words = inEachLanguage({
  en: {
    guest:
      "You are here as a guest. Your pictures belong to this browser alone; whoever clears its data loses them.",
    why: "With an account you find them again on every device.",
    choose: "Account",
    signUp: "Create an account",
    signIn: "Sign in",
    email: "E-mail",
    password: "Password",
    newPasswordHelp: "At least 6 characters",
    keepsAll: "All your pictures stay yours.",
    begins: "What you draw from now on belongs to it.",
    leavesBehind:
      "Careful: what you drew as a guest stays with the guest, and you can't get back to it. To keep it, create a new account instead.",
    working: "One moment…",
    withGoogle: "Go on with Google",
    forgotten: "Forgotten the password?",
    resetSent: (email: string) =>
      `If there is an account for ${email}, a mail with a link to a new password is on its way.`,
    signedInAs: "Signed in as",
    byGoogle: "with Google",
    isOperator: "You may look after the queue and the gallery:",
    toOperator: "to the operator's page",
    signOut: "Sign out",
    welcome: "Your account is ready. Your pictures are all here.",
    welcomeBack: "Welcome back.",
    signedOut: "You are signed out.",
    data: "Your data",
    whatThereIs:
      "Brushfire keeps your prompts and pictures, the pictures that you uploaded, your likes and, if you gave one, your e-mail address.",
    deleteAll: "Delete my data…",
    sure: "Delete everything?",
    whatGoes:
      "All your pictures and videos, the prompts, what you uploaded, your likes, the e-mail address you gave for a picture, and the account itself with its own. Pictures that are being drawn are cancelled first. Nothing of it can be brought back.",
    whatStays:
      "Three things stay, under the account's number and without a name: when and how much was asked for, which keeps the limits fair; what you reported of other people's pictures; and a key for programs, if you were given one. Whoever runs this page can remove them.",
    passwordToDelete: "Your password, so that nobody else can do this",
    yes: "Yes, delete everything",
    no: "Keep it",
    progress: {
      cancelling: () => "Cancelling what is being drawn…",
      pictures: (gone: number) => `Deleting pictures: ${gone} so far…`,
      uploads: (gone: number) => `Deleting uploads: ${gone} so far…`,
      likes: () => "Taking back likes…",
      account: () => "Deleting the account…",
    },
    allGone: "Everything is deleted. Whatever you draw now begins anew.",
    stillDrawn: (tasks: number) =>
      `${counted(tasks, "One picture is", "pictures are")} still being drawn though cancelled; try again in a minute.`,
    kept: (tasks: number) =>
      `${counted(tasks, "One older picture", "older pictures")} can't be deleted from here and will go when the time is over. The account is still there.`,
    mistakes: {
      noEmail: "Write your e-mail address here.",
      noPassword: "Write your password here.",
      badEmail: "This isn't an e-mail address.",
      weak: "The password needs at least 6 characters.",
      taken: "There is an account with this e-mail already: sign in to it, or take another address.",
      wrong: "E-mail and password don't belong together.",
      disabled: "This account was switched off by whoever runs this project.",
      closed: "Google's window was closed before it was done.",
      blocked: "The browser blocked Google's window. Allow it, and try again.",
      notOffered: "This project doesn't offer this way to sign in: switch it on in its Firebase console.",
      recent: "For this, sign out and in again first.",
    },
  },
  de: {
    guest:
      "Du bist als Gast hier. Deine Bilder gehören nur zu diesem Browser; wer seine Daten löscht, verliert sie.",
    why: "Mit einem Konto findest du sie auf jedem Gerät wieder.",
    choose: "Konto",
    signUp: "Konto anlegen",
    signIn: "Anmelden",
    email: "E-Mail",
    password: "Passwort",
    newPasswordHelp: "Mindestens 6 Zeichen",
    keepsAll: "Alle deine Bilder bleiben dir.",
    begins: "Was du von jetzt an malst, gehört dazu.",
    leavesBehind:
      "Achtung: Was du als Gast gemalt hast, bleibt beim Gast, und du kommst nicht mehr heran. Willst du es behalten, leg ein neues Konto an.",
    working: "Einen Moment…",
    withGoogle: "Weiter mit Google",
    forgotten: "Passwort vergessen?",
    resetSent: (email: string) =>
      `Wenn es ein Konto für ${email} gibt, ist eine Mail mit einem Link zu einem neuen Passwort unterwegs.`,
    signedInAs: "Angemeldet als",
    byGoogle: "mit Google",
    isOperator: "Du darfst dich um die Warteschlange und die Galerie kümmern:",
    toOperator: "zur Betriebsseite",
    signOut: "Abmelden",
    welcome: "Dein Konto ist fertig. Deine Bilder sind alle da.",
    welcomeBack: "Willkommen zurück.",
    signedOut: "Du bist abgemeldet.",
    data: "Deine Daten",
    whatThereIs:
      "Brushfire bewahrt deine Prompts und Bilder auf, die Bilder, die du hochgeladen hast, was dir gefällt und, wenn du eine angegeben hast, deine E-Mail-Adresse.",
    deleteAll: "Meine Daten löschen…",
    sure: "Alles löschen?",
    whatGoes:
      "Alle deine Bilder und Videos, die Prompts, was du hochgeladen hast, was dir gefällt, die E-Mail-Adresse, die du für ein Bild angegeben hast, und das Konto selbst mit seiner. Was gerade gemalt wird, wird zuerst abgebrochen. Nichts davon lässt sich zurückholen.",
    whatStays:
      "Dreierlei bleibt, unter der Nummer des Kontos und ohne Namen: wann und wie viel gemalt werden sollte, damit die Grenzen für alle gelten; was du über Bilder anderer gemeldet hast; und ein Schlüssel für Programme, falls du einen bekommen hast. Der Betreiber dieser Seite kann das entfernen.",
    passwordToDelete: "Dein Passwort, damit es niemand anders tun kann",
    yes: "Ja, alles löschen",
    no: "Behalten",
    progress: {
      cancelling: () => "Was gerade gemalt wird, wird abgebrochen…",
      pictures: (gone: number) => `Bilder werden gelöscht: bisher ${gone}…`,
      uploads: (gone: number) => `Hochgeladenes wird gelöscht: bisher ${gone}…`,
      likes: () => "Was dir gefiel, wird zurückgenommen…",
      account: () => "Das Konto wird gelöscht…",
    },
    allGone: "Alles ist gelöscht. Was du jetzt malst, fängt neu an.",
    stillDrawn: (tasks: number) =>
      `${counted(tasks, "Ein Bild wird", "Bilder werden")} trotz Abbruch noch gemalt; versuch es in einer Minute wieder.`,
    kept: (tasks: number) =>
      `${counted(tasks, "Ein älteres Bild lässt", "ältere Bilder lassen")} sich von hier aus nicht löschen und ${tasks === 1 ? "verschwindet, wenn seine" : "verschwinden, wenn ihre"} Zeit um ist. Das Konto ist noch da.`,
    mistakes: {
      noEmail: "Schreib hier deine E-Mail-Adresse hin.",
      noPassword: "Schreib hier dein Passwort hin.",
      badEmail: "Das ist keine E-Mail-Adresse.",
      weak: "Das Passwort braucht mindestens 6 Zeichen.",
      taken: "Mit dieser E-Mail gibt es schon ein Konto: Melde dich an oder nimm eine andere Adresse.",
      wrong: "E-Mail und Passwort gehören nicht zusammen.",
      disabled: "Dieses Konto wurde vom Betreiber abgeschaltet.",
      closed: "Das Fenster von Google wurde geschlossen, bevor es fertig war.",
      blocked: "Der Browser hat das Fenster von Google verhindert. Erlaube es und versuch es noch einmal.",
      notOffered:
        "Dieses Projekt bietet diesen Weg zur Anmeldung nicht an: Er lässt sich in seiner Firebase-Konsole einschalten.",
      recent: "Melde dich dafür zuerst ab und wieder an.",
    },
  },
});
