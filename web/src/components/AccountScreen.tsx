import { useState } from "preact/hooks";
import { leave } from "../firebase/membership";
import { useTitle } from "../state/hooks";
import { useStore } from "../state/store";
import { useVisitor } from "../state/visitor";
import { words } from "../words/account";
import { words as shell } from "../words/shell";
import { DeleteData } from "./DeleteData";
import { Link } from "./Link";
import { SignInForm } from "./SignInForm";

/** Who the visitor is, and what they can do about it. */
export function AccountScreen() {
  const { accounts } = useStore().firebase;
  const visitor = useVisitor();
  // What was done last, told until something else is.
  const [done, setDone] = useState("");
  useTitle(shell().account);

  async function signOut() {
    await leave(accounts);
    setDone(words().signedOut);
  }

  return (
    <section class="account" aria-labelledby="account-title" aria-busy={visitor === undefined}>
      <h1 id="account-title">{shell().account}</h1>
      <div role="status">{done && <p class="banner">{done}</p>}</div>
      {visitor === undefined ? null : visitor === null || visitor.anonymous ? (
        <div class="panel">
          <p>
            {words().guest} {words().why}
          </p>
          <SignInForm onDone={setDone} />
        </div>
      ) : (
        <div class="panel">
          <p data-testid="signed-in">
            {words().signedInAs} <strong>{visitor.email}</strong>
            {visitor.ways.includes("google.com") && ` ${words().byGoogle}`}
          </p>
          {visitor.operator && (
            <p>
              {words().isOperator} <Link to="/operator">{words().toOperator}</Link>
            </p>
          )}
          <button type="button" onClick={signOut}>
            {words().signOut}
          </button>
        </div>
      )}
      {visitor && (
        <DeleteData visitor={visitor} key={visitor.uid} onBegin={() => setDone("")} onDone={setDone} />
      )}
    </section>
  );
}
