import { useEffect, useState } from "preact/hooks";
import type { DayCounts } from "../firebase/operator";
import { costOf, workOf } from "../state/operating";
import { useAct, useOperations } from "../state/operations";
import { language } from "../words/language";
import { words } from "../words/operator";

/** What today comes to, as far as the functions have counted it. */
export function OperatorCost() {
  const operations = useOperations();
  const { act } = useAct();
  const [day, setDay] = useState<DayCounts | null>(null);
  useEffect(() => act(async () => setDay(await operations.today())), [operations]);
  return (
    <section class="panel" aria-labelledby="operator-cost">
      <h2 id="operator-cost">{words().cost}</h2>
      {day && <Cost day={day} />}
    </section>
  );
}

function Cost({ day }: { day: DayCounts }) {
  const { tasks, seconds } = workOf(day);
  const { reads, writes, partOfFree } = costOf(tasks, seconds);
  const number = (value: number) => value.toLocaleString(language.value);
  const time = day.at
    .toDate()
    .toLocaleTimeString(language.value, { hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  const percent = partOfFree.toLocaleString(language.value, { style: "percent", maximumFractionDigits: 1 });
  return (
    <>
      <p>
        <strong>{words().atMost(number(reads), number(writes))}</strong> ({words().ofFree(percent)}).{" "}
        {words().counted(tasks, time)}
      </p>
      <p class="help">
        {words().estimate} {day.timed ? words().withProgress : words().noStats}
      </p>
    </>
  );
}
