import { useState } from "preact/hooks";
import { goOnWithGoogle, sendReset, signInAgain, signUp } from "../firebase/membership";
import { missing, type Trouble, troubleOf } from "../state/membership";
import { useStore } from "../state/store";
import { words } from "../words/account";
import { CredentialField } from "./CredentialField";

const MODES = ["signUp", "signIn"] as const;

/** For a guest: a new account that keeps the pictures, or one that there is already. */
export function SignInForm({ onDone }: { onDone: (words: string) => void }) {
  const { firebase, tasks } = useStore();
  const { accounts } = firebase;
  const [mode, setMode] = useState<(typeof MODES)[number]>("signUp");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);
  const drew = (tasks.value?.length ?? 0) > 0;
  const mistakeAt = (place: string) => (trouble?.place === place ? trouble.words : undefined);

  async function attempt(act: () => Promise<void>, done: string) {
    setTrouble(null);
    setBusy(true);
    try {
      await act();
      onDone(done);
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setBusy(false);
    }
  }

  function submit(event: Event) {
    event.preventDefault();
    const lacking = missing(email, password);
    if (lacking) setTrouble(lacking);
    else if (mode === "signUp") void attempt(() => signUp(accounts, email.trim(), password), words().welcome);
    else void attempt(() => signInAgain(accounts, email.trim(), password), words().welcomeBack);
  }

  function reset() {
    const lacking = missing(email, null);
    if (lacking) setTrouble(lacking);
    else void attempt(() => sendReset(accounts, email.trim()), words().resetSent(email.trim()));
  }

  return (
    <form class="sign-in" onSubmit={submit} noValidate aria-label={words().choose}>
      <div class="segments" role="group" aria-label={words().choose}>
        {MODES.map((one) => (
          <label key={one}>
            <input type="radio" name="mode" checked={one === mode} onChange={() => setMode(one)} />
            <span>{words()[one]}</span>
          </label>
        ))}
      </div>
      <p class="help">
        {mode === "signUp" ? (drew ? words().keepsAll : words().begins) : drew && words().leavesBehind}
      </p>
      <CredentialField
        kind="email"
        label={words().email}
        value={email}
        onValue={setEmail}
        mistake={mistakeAt("email")}
      />
      <CredentialField
        kind={mode === "signUp" ? "new-password" : "current-password"}
        label={words().password}
        help={mode === "signUp" ? words().newPasswordHelp : undefined}
        value={password}
        onValue={setPassword}
        mistake={mistakeAt("password")}
      />
      <div role="alert">{mistakeAt("form") && <p class="mistake">{mistakeAt("form")}</p>}</div>
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? words().working : words()[mode]}
        </button>
        {!accounts.local && (
          <button
            type="button"
            disabled={busy}
            onClick={() => void attempt(() => goOnWithGoogle(accounts), words().welcomeBack)}
          >
            {words().withGoogle}
          </button>
        )}
        {mode === "signIn" && (
          <button type="button" class="quiet" disabled={busy} onClick={reset}>
            {words().forgotten}
          </button>
        )}
      </div>
    </form>
  );
}
