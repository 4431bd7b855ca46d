import type { Task } from "../firebase/queue";
import { useStore } from "../state/store";
import { words } from "../words/task";
import { described, Field } from "./Field";

/** Lets the owner of a finished picture show it, or hide it again. */
export function TaskSharing({ task }: { task: Task }) {
  const store = useStore();
  if (store.uid.value !== task.uid || task.status !== "done") return null;
  return (
    <Field id="share" label={words().public} help={words().publicHelp} class="switch">
      <input
        {...described("share", words().publicHelp, undefined)}
        type="checkbox"
        checked={task.public}
        onChange={(event) => void store.share(task, event.currentTarget.checked)}
      />
    </Field>
  );
}
