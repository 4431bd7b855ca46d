import type { Live } from "../firebase/operator";
import { labelOf } from "../options/fields";
import { useNow } from "../state/hooks";
import { stateOf } from "../state/operating";
import { useOperations, useWatched } from "../state/operations";
import { pathOfTask } from "../state/route";
import { aboutDuration } from "../words";
import { words } from "../words/operator";
import { Link } from "./Link";

/** Who draws: what each is doing, and how fast it was. */
export function OperatorWorkers() {
  const operations = useOperations();
  const workers = useWatched<Live[]>((onWorkers, onError) => operations.watchWorkers(onWorkers, onError));
  const now = useNow(true);
  return (
    <section class="panel" aria-labelledby="operator-workers">
      <h2 id="operator-workers">{words().workers}</h2>
      {workers?.length === 0 && <p>{words().noWorkers}</p>}
      {workers !== null && workers.length > 0 && (
        <div class="table" tabIndex={0} role="group" aria-labelledby="operator-workers">
          <table>
            <thead>
              <tr>
                <th scope="col">{words().worker}</th>
                <th scope="col">{words().state}</th>
                <th scope="col">{words().device}</th>
                <th scope="col">{words().drawing}</th>
                <th scope="col">{words().seen}</th>
                <th scope="col">{words().speeds}</th>
              </tr>
            </thead>
            <tbody>
              {workers.map((worker) => (
                <Row key={worker.id} worker={worker} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ worker, now }: { worker: Live; now: number }) {
  const state = stateOf(worker, now);
  const seen = Math.max(0, now - (worker.last_seen?.toMillis() ?? 0)) / 1000;
  const lacks = worker.lacks ?? [];
  return (
    <tr>
      <th scope="row" class="one-line">
        {worker.id}
      </th>
      <td>
        <span class="badge" data-worker={state}>
          {words().states[state]}
        </span>
        {worker.note && <p class="mistake">{worker.note}</p>}
        {lacks.length > 0 && <p class="help">{words().lacks(lacks.join(", "))}</p>}
      </td>
      <td>{worker.device}</td>
      <td>{worker.task ? <Link to={pathOfTask(worker.task)}>{worker.task}</Link> : "–"}</td>
      <td class="one-line">{words().ago(aboutDuration(seen))}</td>
      <td>{speedsInWords(worker)}</td>
    </tr>
  );
}

/** "Pixeldraw draft 8.2, Diffusion normal 40". */
function speedsInWords({ seconds = {} }: Live): string {
  const speeds = Object.entries(seconds).map(([kind, took]) => {
    const [renderer = "", quality = ""] = kind.split("/");
    return `${labelOf(renderer)} ${labelOf(quality)} ${took.toPrecision(2)}`;
  });
  return speeds.sort().join(", ");
}
