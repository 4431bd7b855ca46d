import type { Connection } from "../state/connection";
import { useStore } from "../state/store";

const WORDS: Record<Exclude<Connection, "live">, string> = {
  offline: "You are offline. What you see may have changed; it catches up when you are back.",
  reconnecting: "The connection to the queue is lost. Trying again…",
};

/** What concerns the whole page: the connection, and the last thing that went wrong. */
export function Banner() {
  const store = useStore();
  const connection = store.connection.now.value;
  const problem = store.problem.value;
  return (
    <div class="banners">
      <div role="status">{connection !== "live" && <p class="banner">{WORDS[connection]}</p>}</div>
      <div role="alert">
        {problem !== null && (
          <p class="banner banner-problem">
            <span>{problem}</span>
            <button type="button" class="quiet" onClick={() => store.dismissProblem()}>
              Dismiss
            </button>
          </p>
        )}
      </div>
    </div>
  );
}
