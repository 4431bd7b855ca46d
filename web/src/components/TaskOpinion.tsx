import type { Task } from "../firebase/queue";
import { useStore } from "../state/store";
import { words } from "../words/gallery";
import { LikeButton } from "./LikeButton";
import { ReportButton } from "./ReportButton";

/** What visitors may say of a picture that everybody sees. */
export function TaskOpinion({ task }: { task: Task }) {
  const store = useStore();
  if (task.status !== "done" || !task.public) return null;
  if (task.hidden) return <p class="mistake">{words().hiddenByOperator}</p>;
  return (
    <>
      <LikeButton id={task.id} likes={task.likes ?? 0} live />
      {store.uid.value !== task.uid && <ReportButton id={task.id} />}
    </>
  );
}
