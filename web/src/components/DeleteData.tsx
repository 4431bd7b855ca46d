import { useState } from "preact/hooks";
import type { Visitor } from "../firebase/auth";
import { deleteAccount, prove } from "../firebase/membership";
import { NotAllRemoved, removeEverything, type RemovalProgress } from "../firebase/removal";
import { type Trouble, troubleOf } from "../state/membership";
import { useStore } from "../state/store";
import { words } from "../words/account";
import { CredentialField } from "./CredentialField";

type Step = RemovalProgress | { step: "account"; gone: number };

interface Props {
  visitor: Visitor;
  onBegin: () => void;
  onDone: (words: string) => void;
}

/** Deletes all that is the visitor's, once they have said so twice. */
export function DeleteData({ visitor, onBegin, onDone }: Props) {
  const { firebase } = useStore();
  const [asked, setAsked] = useState(false);
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<Step | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const needsPassword = visitor.ways.includes("password");

  async function remove(event: Event) {
    event.preventDefault();
    onBegin();
    setTrouble(null);
    setStep({ step: "cancelling", gone: 0 });
    try {
      // First, for nothing should be gone when it turns out that it isn't them.
      await prove(firebase.accounts, password);
      await removeEverything(firebase, visitor.uid, setStep);
      setStep({ step: "account", gone: 0 });
      await deleteAccount(firebase.accounts);
      onDone(words().allGone);
    } catch (error) {
      setTrouble(error instanceof NotAllRemoved ? leftover(error) : troubleOf(error));
      setStep(null);
    }
  }

  return (
    <section class="panel" aria-labelledby="data-title">
      <h2 id="data-title">{words().data}</h2>
      <p>{words().whatThereIs}</p>
      {!asked ? (
        <button type="button" class="danger" onClick={() => setAsked(true)}>
          {words().deleteAll}
        </button>
      ) : (
        <form class="sign-in" onSubmit={remove} noValidate aria-labelledby="sure">
          <h3 id="sure" tabIndex={-1} ref={takeFocus}>
            {words().sure}
          </h3>
          <p>{words().whatGoes}</p>
          <p>{words().whatStays}</p>
          {needsPassword && (
            <CredentialField
              kind="current-password"
              label={words().passwordToDelete}
              value={password}
              onValue={setPassword}
              mistake={trouble?.place === "password" ? trouble.words : undefined}
            />
          )}
          <div role="alert">
            {trouble && trouble.place !== "password" && <p class="mistake">{trouble.words}</p>}
          </div>
          <div role="status">{step && <p>{words().progress[step.step](step.gone)}</p>}</div>
          <div class="buttons">
            <button type="submit" class="danger" disabled={step !== null}>
              {words().yes}
            </button>
            <button type="button" disabled={step !== null} onClick={() => setAsked(false)}>
              {words().no}
            </button>
          </div>
        </form>
      )}
    </section>
  );
}

function leftover({ unfinished, kept }: NotAllRemoved): Trouble {
  const { stillDrawn, kept: older } = words();
  return { place: "form", words: unfinished > 0 ? stillDrawn(unfinished) : older(kept) };
}

/** The question that was opened is where whoever uses a keyboard goes on. */
function takeFocus(heading: HTMLElement | null): void {
  heading?.focus();
}
