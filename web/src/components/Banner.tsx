import { useStore } from "../state/store";
import { words } from "../words/shell";

/** What concerns the whole page: the connection, and the last thing that went wrong. */
export function Banner() {
  const store = useStore();
  const connection = store.connection.now.value;
  const problem = store.problem.value;
  return (
    <div class="banners">
      <div role="status">{connection !== "live" && <p class="banner">{words()[connection]}</p>}</div>
      <div role="alert">
        {problem !== null && (
          <p class="banner banner-problem">
            <span>{problem}</span>
            <button type="button" class="quiet" onClick={() => store.dismissProblem()}>
              {words().dismiss}
            </button>
          </p>
        )}
      </div>
    </div>
  );
}
