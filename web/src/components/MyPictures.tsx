import { useState } from "preact/hooks";
import type { Task } from "../firebase/queue";
import { EVERYTHING, found, type Search, searches } from "../state/search";
import { useStore } from "../state/store";
import { words as taskWords } from "../words/task";
import { words } from "../words/watching";
import { HistorySearch } from "./HistorySearch";
import { Mark } from "./Mark";
import { NoWorkerHint } from "./NoWorkerHint";
import { TaskCard } from "./TaskCard";

// Fewer are seen at a glance.
const WORTH_A_SEARCH = 8;

/** My pictures, newest first; older ones when asked for. */
export function MyPictures() {
  const { tasks, history } = useStore();
  const [search, setSearch] = useState<Search>(EVERYTHING);
  const known = tasks.value;
  const searching = searches(search);
  const shown = found(known ?? [], search);
  const renderers = [...new Set(known?.map(({ renderer }) => renderer))].sort();
  return (
    <section class="gallery" id="pictures" aria-labelledby="pictures-title" aria-busy={known === null}>
      <h1 id="pictures-title">{taskWords().myPictures}</h1>
      {known !== null && <NoWorkerHint tasks={known} />}
      {known?.length === 0 && <Nothing />}
      {(searching || (known?.length ?? 0) >= WORTH_A_SEARCH) && (
        <HistorySearch search={search} change={setSearch} renderers={renderers} />
      )}
      <p class="find-result" role="status">
        {searching && words().matches(shown.length, known?.length ?? 0)}
        {searching && history.more.value !== "none" && ` ${words().notAll}`}
      </p>
      <Cards tasks={shown} largeFirst={!searching} />
      <Older searching={searching} />
    </section>
  );
}

function Cards({ tasks, largeFirst }: { tasks: readonly Task[]; largeFirst: boolean }) {
  return (
    <div class="cards">
      {tasks.map((task, index) => (
        <TaskCard key={task.id} task={task} large={largeFirst && index === 0} />
      ))}
    </div>
  );
}

function Nothing() {
  return (
    <div class="empty">
      <Mark />
      <p>{taskWords().nothingYet}</p>
    </div>
  );
}

function Older({ searching }: { searching: boolean }) {
  const store = useStore();
  const more = store.history.more.value;
  if (more === "none") return null;
  const loading = more === "loading";
  return (
    <div class="older">
      <button type="button" aria-disabled={loading} onClick={() => void store.loadMore()}>
        {loading ? words().loadingMore : searching ? words().searchOlder : words().loadMore}
      </button>
    </div>
  );
}
