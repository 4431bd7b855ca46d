import { useState } from "preact/hooks";
import type { Task } from "../firebase/queue";
import { canRepeat } from "../state/repeats";
import { useStore } from "../state/store";
import { words } from "../words/result";

const COUNTS = [2, 4];

/** Asks for others like a finished picture, each of a new seed. */
export function TaskVariations({ task }: { task: Task }) {
  const { repeats, uid } = useStore();
  const [sent, setSent] = useState(0);
  if (task.status !== "done" || !canRepeat(task, uid.value)) return null;
  const sending = repeats.sending.value;
  return (
    <div class="variations" role="group" aria-label={words().variationsHelp}>
      {COUNTS.map((count) => (
        <button
          key={count}
          type="button"
          title={words().variationsHelp}
          aria-disabled={sending}
          onClick={() => void repeats.variations(task, count).then(setSent)}
        >
          {words().variations(count)}
        </button>
      ))}
      <span role="status">{sent > 0 && words().sent(sent)}</span>
    </div>
  );
}
