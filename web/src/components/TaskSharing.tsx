import type { Task } from "../firebase/queue";
import { useStore } from "../state/store";
import { described, Field } from "./Field";

const HELP = "Everyone who has this page's address may see it";

/** Lets the owner of a finished picture show it, or hide it again. */
export function TaskSharing({ task }: { task: Task }) {
  const store = useStore();
  if (store.uid.value !== task.uid || task.status !== "done") return null;
  return (
    <Field id="share" label="Public" help={HELP} class="switch">
      <input
        {...described("share", HELP, undefined)}
        type="checkbox"
        checked={task.public}
        onChange={(event) => void store.share(task, event.currentTarget.checked)}
      />
    </Field>
  );
}
