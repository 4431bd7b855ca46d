import { useEffect, useMemo } from "preact/hooks";
import { openOperations } from "../firebase/operator";
import { useTitle } from "../state/hooks";
import { OperationsProvider } from "../state/operations";
import { useStore } from "../state/store";
import { useVisitor } from "../state/visitor";
import { words } from "../words/operator";
import { words as shell } from "../words/shell";
import { OperatorCost } from "./OperatorCost";
import { OperatorFailed } from "./OperatorFailed";
import { OperatorGallery } from "./OperatorGallery";
import { OperatorLine } from "./OperatorLine";
import { OperatorQueue } from "./OperatorQueue";
import { OperatorWorkers } from "./OperatorWorkers";
import "../styles/operator.css";

/** The queue, the workers and the gallery, for those who look after them. */
export function OperatorScreen() {
  const { firebase } = useStore();
  const visitor = useVisitor();
  const operations = useMemo(() => openOperations(firebase.app), [firebase]);
  useTitle(shell().operator);
  useEffect(() => {
    // A claim that was just given isn't in the token yet.
    if (visitor?.operator === false) firebase.accounts.refresh().catch(() => {});
  }, [firebase, visitor?.uid]);
  return (
    <section class="operator" aria-labelledby="operator-title" aria-busy={visitor === undefined}>
      <h1 id="operator-title">{shell().operator}</h1>
      {visitor?.operator ? (
        <OperationsProvider value={operations}>
          <OperatorQueue />
          <OperatorCost />
          <OperatorWorkers />
          <OperatorFailed />
          <OperatorLine />
          <OperatorGallery />
        </OperationsProvider>
      ) : (
        visitor !== undefined && <NotYou who={visitor?.email ?? visitor?.uid ?? "UID"} />
      )}
    </section>
  );
}

function NotYou({ who }: { who: string }) {
  return (
    <div class="panel">
      <p>{words().notYou}</p>
      <p>
        {words().howTo} <code>brushfire operator {who}</code>
      </p>
      <p>{words().thenReload}</p>
    </div>
  );
}
