import { useEffect, useState } from "preact/hooks";
import { awake } from "../state/awake";
import { type Counts, STATUSES } from "../state/operating";
import { useAct, useOperations } from "../state/operations";
import { statusInWords } from "../words";
import { language } from "../words/language";
import { words } from "../words/operator";

// Seven reads each time, while somebody looks.
const EVERY_MILLIS = 60_000;

/** How many tasks there are of each status: counted, not watched, since the numbers may be large. */
export function OperatorQueue() {
  const operations = useOperations();
  const { busy, act } = useAct();
  const [counted, setCounted] = useState<{ counts: Counts; at: Date } | null>(null);
  const look = () =>
    act(async () => {
      setCounted({ counts: await operations.counts(), at: new Date() });
    });
  useEffect(() => {
    look();
    const timer = setInterval(() => awake.value && look(), EVERY_MILLIS);
    return () => clearInterval(timer);
  }, [operations]);
  return (
    <section class="panel" aria-labelledby="operator-queue" data-testid="counts">
      <h2 id="operator-queue">{words().queue}</h2>
      <dl class="counts">
        {STATUSES.map((status) => (
          <div key={status} data-status={status} data-none={counted?.counts[status] === 0 ? "" : undefined}>
            <dt>{statusInWords(status)}</dt>
            <dd>{counted ? counted.counts[status].toLocaleString(language.value) : "–"}</dd>
          </div>
        ))}
      </dl>
      <div class="buttons">
        <button type="button" class="quiet" disabled={busy} onClick={look}>
          {words().lookAgain}
        </button>
        {counted && <span class="help">{words().looked(counted.at.toLocaleTimeString(language.value))}</span>}
      </div>
    </section>
  );
}
