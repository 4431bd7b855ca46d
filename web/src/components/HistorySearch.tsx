import { labelOf } from "../options/fields";
import { EVERYTHING, KINDS, type Kind, type Search, searches } from "../state/search";
import { words } from "../words/watching";

interface Props {
  search: Search;
  change: (search: Search) => void;
  /** Those that the loaded pictures were drawn with. */
  renderers: readonly string[];
}

/** What to find again among my pictures. */
export function HistorySearch({ search, change, renderers }: Props) {
  return (
    <search class="find" aria-label={words().search}>
      <input
        type="search"
        aria-label={words().search}
        placeholder={words().searchHint}
        value={search.words}
        onInput={(event) => change({ ...search, words: event.currentTarget.value })}
      />
      <select
        aria-label={words().renderer}
        value={search.renderer}
        onChange={(event) => change({ ...search, renderer: event.currentTarget.value })}
      >
        <option value="">{words().anyRenderer}</option>
        {renderers.map((name) => (
          <option key={name} value={name}>
            {labelOf(name)}
          </option>
        ))}
      </select>
      <select
        aria-label={words().kind}
        value={search.kind}
        onChange={(event) => change({ ...search, kind: event.currentTarget.value as Kind })}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {words().kinds[kind]}
          </option>
        ))}
      </select>
      {searches(search) && (
        <button type="button" class="quiet" onClick={() => change(EVERYTHING)}>
          {words().clear}
        </button>
      )}
    </search>
  );
}
