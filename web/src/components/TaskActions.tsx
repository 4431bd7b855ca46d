import type { Task } from "../firebase/queue";
import { go } from "../state/route";
import { useStore } from "../state/store";
import { isFinished } from "../words";

/** What can be done with a task as it stands. */
export function TaskActions({ task }: { task: Task }) {
  const store = useStore();
  const mine = store.uid.value === task.uid;
  if (!mine && task.status !== "done") return null;
  if (!isFinished(task.status)) {
    return (
      <button
        type="button"
        class="quiet"
        disabled={task.cancel_requested}
        onClick={() => void store.cancel(task)}
      >
        Cancel
      </button>
    );
  }
  if (task.status === "done") {
    return (
      <button
        type="button"
        class="quiet"
        onClick={() => {
          store.draft.fill(task);
          toForm();
        }}
      >
        Use again
      </button>
    );
  }
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => {
        void store.retry(task);
        toForm();
      }}
    >
      Try again
    </button>
  );
}

function toForm(): void {
  go("/");
  document.getElementById("prompt")?.focus();
}
