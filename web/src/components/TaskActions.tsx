import type { Task } from "../firebase/queue";
import { go } from "../state/route";
import { useStore } from "../state/store";
import { isFinished } from "../words";
import { words } from "../words/task";
import { showPictures } from "./sight";

/** What can be done with a task as it stands. */
export function TaskActions({ task }: { task: Task }) {
  const store = useStore();

  function reuse() {
    store.reuse(task);
    go("/");
  }

  async function retry() {
    go("/");
    if ((await store.retry(task)) !== null) showPictures();
  }

  if (task.status === "done") return <Action name={words().useAgain} act={reuse} />;
  if (store.uid.value !== task.uid) return null;
  if (isFinished(task.status)) {
    const sending = store.repeats.sending.value;
    return <Action name={words().tryAgain} act={() => void retry()} disabled={sending} />;
  }
  return (
    <Action name={words().cancel} act={() => void store.cancel(task)} disabled={task.cancel_requested} />
  );
}

interface Props {
  name: string;
  act: () => void;
  disabled?: boolean;
}

function Action({ name, act, disabled = false }: Props) {
  return (
    <button type="button" class="quiet" disabled={disabled} onClick={act}>
      {name}
    </button>
  );
}
