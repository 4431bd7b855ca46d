import type { TextField } from "../options/fields";
import { useStore } from "../state/store";
import { words } from "../words/form";
import { described, Field } from "./Field";

const SEEDS = 1_000_000;

/** The seed, and a die for whoever wants one without thinking of it. */
export function SeedField({ field }: { field: TextField }) {
  const { draft } = useStore();
  const id = `option-${field.name}`;
  const mistake = draft.mistakes.value[field.name];
  return (
    <Field id={id} label={field.label} mistake={mistake}>
      <div class="with-button">
        <input
          {...described(id, undefined, mistake)}
          type="text"
          title={field.help}
          autocomplete="off"
          placeholder={words().random}
          value={draft.typed.value[field.name] ?? ""}
          onInput={(event) => draft.type(field.name, event.currentTarget.value)}
        />
        <button
          type="button"
          class="icon"
          aria-label={words().rollASeed}
          title={words().rollASeed}
          onClick={() => draft.type(field.name, String(Math.floor(Math.random() * SEEDS)))}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <rect
              x="2"
              y="2"
              width="16"
              height="16"
              rx="4"
              fill="none"
              stroke="currentColor"
              stroke-width="1.6"
            />
            <g fill="currentColor">
              <circle cx="6.5" cy="6.5" r="1.5" />
              <circle cx="13.5" cy="6.5" r="1.5" />
              <circle cx="10" cy="10" r="1.5" />
              <circle cx="6.5" cy="13.5" r="1.5" />
              <circle cx="13.5" cy="13.5" r="1.5" />
            </g>
          </svg>
        </button>
      </div>
    </Field>
  );
}
