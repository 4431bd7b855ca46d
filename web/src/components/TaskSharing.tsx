import { useState } from "preact/hooks";
import type { Task } from "../firebase/queue";
import { pathOfTask } from "../state/route";
import { useStore } from "../state/store";
import { shortened } from "../words";
import { words } from "../words/result";
import { words as taskWords } from "../words/task";
import { described, Field } from "./Field";

const COPIED_MILLIS = 3000;

/** Lets the owner of a finished picture show it, or hide it again; and everyone pass on one that is shown. */
export function TaskSharing({ task }: { task: Task }) {
  const store = useStore();
  if (task.status !== "done") return null;
  const help = taskWords().publicHelp;
  return (
    <div class="sharing">
      {store.uid.value === task.uid && (
        <Field id="share" label={taskWords().public} help={help} class="switch">
          <input
            {...described("share", help, undefined)}
            type="checkbox"
            checked={task.public}
            onChange={(event) => void store.share(task, event.currentTarget.checked)}
          />
        </Field>
      )}
      {task.public && <ShareLink task={task} />}
    </div>
  );
}

function ShareLink({ task }: { task: Task }) {
  const [copied, setCopied] = useState(false);
  const address = new URL(pathOfTask(task.id), location.href).href;
  const canShare = typeof navigator.share === "function";

  async function copy(field: HTMLInputElement | null) {
    try {
      await navigator.clipboard.writeText(address);
    } catch {
      // Without the clipboard's permission it is at least marked, to be copied by hand.
      field?.select();
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MILLIS);
  }

  return (
    <div class="share-link">
      <input
        type="text"
        readOnly
        value={address}
        aria-label={words().link}
        onFocus={(event) => event.currentTarget.select()}
      />
      <button
        type="button"
        onClick={(event) => void copy(event.currentTarget.parentElement?.querySelector("input") ?? null)}
      >
        <span aria-live="polite">{copied ? words().copied : words().copy}</span>
      </button>
      {canShare && (
        <button
          type="button"
          onClick={() => {
            // Whoever changes their mind in the system's own menu has done nothing wrong.
            navigator.share({ title: shortened(task.prompt), url: address }).catch(() => {});
          }}
        >
          {words().share}
        </button>
      )}
    </div>
  );
}
