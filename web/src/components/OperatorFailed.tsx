import type { Task } from "../firebase/queue";
import { useAct, useOperations, useWatched } from "../state/operations";
import { failureInWords } from "../words";
import { words } from "../words/operator";
import { OperatorTask } from "./OperatorTask";

/** What failed last, why, and the way back into the line. */
export function OperatorFailed() {
  const operations = useOperations();
  const failed = useWatched<Task[]>((onTasks, onError) => operations.watchFailed(onTasks, onError));
  const { busy, act } = useAct();
  const redriveAll = () => act(() => Promise.all((failed ?? []).map(({ id }) => operations.redrive(id))));
  return (
    <section class="panel" aria-labelledby="operator-failed" data-testid="failed">
      <h2 id="operator-failed">{words().failed}</h2>
      {failed?.length === 0 && <p>{words().noFailed}</p>}
      <ul class="rows">
        {failed?.map((task) => (
          <Failed key={task.id} task={task} />
        ))}
      </ul>
      {failed !== null && failed.length > 1 && (
        <button type="button" disabled={busy} onClick={redriveAll}>
          {words().redriveAll(failed.length)}
        </button>
      )}
    </section>
  );
}

function Failed({ task }: { task: Task }) {
  const operations = useOperations();
  const { busy, act } = useAct();
  const attempts = task.attempts ?? [];
  return (
    <OperatorTask
      task={task}
      actions={
        <button type="button" disabled={busy} onClick={() => act(() => operations.redrive(task.id))}>
          {words().redrive}
        </button>
      }
    >
      {task.error && (
        <p class="mistake">
          <code>{task.error.code}</code> {failureInWords(task.error)}
        </p>
      )}
      {attempts.length > 0 && (
        <details>
          <summary>{words().attempts(attempts.length)}</summary>
          <ol>
            {attempts.map(({ worker, epoch, code, message }) => (
              <li key={epoch}>
                <code>{code}</code> {message} <span class="help">{words().onWorker(worker)}</span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </OperatorTask>
  );
}
