import type { OptionField } from "../options/fields";
import { useStore } from "../state/store";
import { words } from "../words/create";
import { Hint } from "./Field";

const COUNTS = [1, 2, 4, 8];

/** How many pictures: by the renderer's own option, or as so many tasks. */
export function CountField({ field }: { field: OptionField | undefined }) {
  const { draft } = useStore();
  const own = field?.kind === "number" ? field : null;
  const counts = COUNTS.filter((count) => !own || count <= (own.max ?? count));
  const typed = draft.typed.value.images ?? "";
  const now = own ? Number(typed === "" ? (own.default ?? 1) : typed) : draft.count.value;
  // One that was asked for elsewhere, such as in a recipe, can be chosen, too.
  const shown =
    counts.includes(now) || !(now >= 1 && now <= 8) ? counts : [...counts, now].sort((a, b) => a - b);
  const mistake = own ? draft.mistakes.value.images : undefined;
  const choose = (count: number) => {
    if (own) draft.type("images", count === own.default ? "" : String(count));
    else draft.count.value = count;
  };
  return (
    <fieldset class="picker" title={words().picturesHelp} aria-invalid={mistake ? "true" : undefined}>
      <legend>{words().pictures}</legend>
      <div class="segments">
        {shown.map((count) => (
          <label key={count}>
            <input
              type="radio"
              name="count"
              value={count}
              checked={count === now}
              onChange={() => choose(count)}
            />
            <span>{count}</span>
          </label>
        ))}
      </div>
      <Hint id="option-images" mistake={mistake} />
    </fieldset>
  );
}
