import type { Task } from "../firebase/queue";
import { useListened, useNow } from "../state/hooks";
import { words } from "../words/task";

const PATIENCE_MILLIS = 20_000;

/** Says what to do when tasks wait and none of them is ever taken. */
export function NoWorkerHint({ tasks }: { tasks: readonly Task[] }) {
  const waiting = tasks.filter((task) => task.status === "queued");
  const busy = tasks.some((task) => task.status === "running");
  const now = useNow(waiting.length > 0 && !busy);
  const listened = useListened(waiting);
  const waited = waiting.some((task) => now - (task.created_at?.toMillis() ?? now) > PATIENCE_MILLIS);
  return (
    <div role="status">
      {waited && !busy && !listened && (
        <p class="banner">
          <span>
            {words().noWorker} {words().keepsPlace}
          </span>
        </p>
      )}
    </div>
  );
}
