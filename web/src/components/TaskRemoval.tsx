import { useEffect, useRef, useState } from "preact/hooks";
import type { Task } from "../firebase/queue";
import { go } from "../state/route";
import { useStore } from "../state/store";
import { explained, isFinished } from "../words";
import { words } from "../words/result";

/** Deletes a task that is over, with its files, once its owner has said so twice. */
export function TaskRemoval({ task }: { task: Task }) {
  const store = useStore();
  const [step, setStep] = useState<"offered" | "asked" | "removing">("offered");
  const [problem, setProblem] = useState("");
  const keep = useRef<HTMLButtonElement>(null);
  const offer = useRef<HTMLButtonElement>(null);
  const before = useRef(step);
  useEffect(() => {
    if (step === "asked") keep.current?.focus();
    if (step === "offered" && before.current === "asked") offer.current?.focus();
    before.current = step;
  }, [step]);
  if (store.uid.value !== task.uid || !isFinished(task.status)) return null;

  async function remove() {
    setStep("removing");
    setProblem("");
    try {
      const { removeTask } = await import("../firebase/removal");
      await removeTask(store.firebase, task);
    } catch (error) {
      setProblem(explained(error));
      setStep("asked");
      return;
    }
    store.history.forget(task.id);
    store.say(words().removed);
    go("/");
  }

  if (step === "offered") {
    return (
      <button ref={offer} type="button" class="quiet danger" onClick={() => setStep("asked")}>
        {words().remove}
      </button>
    );
  }
  const removing = step === "removing";
  return (
    <div
      class="sure"
      role="group"
      aria-label={words().removeSure}
      onKeyDown={(event) => event.key === "Escape" && setStep("offered")}
    >
      <span>{removing ? words().removing : words().removeSure}</span>
      <button type="button" class="danger" disabled={removing} onClick={() => void remove()}>
        {words().remove}
      </button>
      <button ref={keep} type="button" disabled={removing} onClick={() => setStep("offered")}>
        {words().keep}
      </button>
      {problem !== "" && (
        <p class="mistake" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
