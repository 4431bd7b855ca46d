import type { OptionField } from "../options/fields";
import { labelOf } from "../options/fields";
import { useStore } from "../state/store";
import { described, Field } from "./Field";

/** Any option, drawn by what its schema says of it. */
export function OptionControl({ field }: { field: OptionField }) {
  const { draft } = useStore();
  const id = `option-${field.name}`;
  const mistake = draft.mistakes.value[field.name];
  const typed = draft.typed.value[field.name] ?? "";
  const type = (text: string) => draft.type(field.name, text);
  const common = described(id, field.help, mistake);

  if (field.kind === "switch") {
    const on = typed === "" ? field.default : typed === "true";
    return (
      <Field id={id} label={field.label} help={field.help} mistake={mistake} class="switch">
        <input
          {...common}
          type="checkbox"
          checked={on}
          onChange={(event) => type(String(event.currentTarget.checked))}
        />
      </Field>
    );
  }
  return (
    <Field id={id} label={field.label} help={field.help} mistake={mistake}>
      {field.kind === "choice" ? (
        <select
          {...common}
          value={typed || (field.default ?? "")}
          onChange={(event) => type(event.currentTarget.value)}
        >
          {field.default === null && <option value="">By default</option>}
          {field.choices.map((choice) => (
            <option key={choice} value={choice}>
              {labelOf(choice)}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type="text"
          inputMode={field.kind === "number" ? (field.whole ? "numeric" : "decimal") : "text"}
          autocomplete="off"
          placeholder={field.default === null ? "By default" : String(field.default)}
          value={typed}
          onInput={(event) => type(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
