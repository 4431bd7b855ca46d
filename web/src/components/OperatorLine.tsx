import type { Status } from "../contract";
import type { Task } from "../firebase/queue";
import { useAct, useOperations, useWatched } from "../state/operations";
import { words } from "../words/operator";
import { OperatorTask } from "./OperatorTask";

/** What is being drawn and what waits for it, from the head of the line on. */
export function OperatorLine() {
  const running = useLine("running");
  const queued = useLine("queued");
  const scheduled = useLine("scheduled");
  const known = running !== null && queued !== null && scheduled !== null;
  const tasks = [...(running ?? []), ...(queued ?? []), ...(scheduled ?? [])];
  return (
    <section class="panel" aria-labelledby="operator-line" data-testid="line">
      <h2 id="operator-line">{words().line}</h2>
      {known && tasks.length === 0 && <p>{words().emptyLine}</p>}
      <ul class="rows">
        {tasks.map((task) => (
          <Moving key={task.id} task={task} />
        ))}
      </ul>
    </section>
  );
}

function useLine(status: Status): Task[] | null {
  const operations = useOperations();
  return useWatched<Task[]>((onTasks, onError) => operations.watchLine(status, onTasks, onError));
}

function Moving({ task }: { task: Task }) {
  const operations = useOperations();
  const { busy, act } = useAct();
  return (
    <OperatorTask
      task={task}
      actions={
        <button
          type="button"
          disabled={busy || task.cancel_requested}
          onClick={() => act(() => operations.cancel(task.id))}
        >
          {task.cancel_requested ? words().cancelling : words().cancel}
        </button>
      }
    />
  );
}
