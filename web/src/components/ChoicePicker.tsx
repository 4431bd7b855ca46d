import type { ComponentChildren } from "preact";
import type { ChoiceField } from "../options/fields";
import { labelOf } from "../options/fields";
import { useStore } from "../state/store";
import { Hint } from "./Field";

interface Props {
  field: ChoiceField;
  /** Drawn before a choice's name. */
  sign?: (choice: string) => ComponentChildren;
}

/** A few choices side by side. */
export function ChoicePicker({ field, sign }: Props) {
  const { draft } = useStore();
  const chosen = draft.typed.value[field.name] ?? field.default;
  const mistake = draft.mistakes.value[field.name];
  return (
    <fieldset class="picker" title={field.help} aria-invalid={mistake ? "true" : undefined}>
      <legend>{field.label}</legend>
      <div class="segments">
        {field.choices.map((choice) => (
          <label key={choice}>
            <input
              type="radio"
              name={field.name}
              value={choice}
              checked={choice === chosen}
              onChange={() => draft.type(field.name, choice)}
            />
            <span>
              {sign?.(choice)}
              {labelOf(choice)}
            </span>
          </label>
        ))}
      </div>
      <Hint id={`option-${field.name}`} mistake={mistake} />
    </fieldset>
  );
}
