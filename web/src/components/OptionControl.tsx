import type { OptionField } from "../options/fields";
import { choiceLabel } from "../options/fields";
import { namesModel } from "../options/models";
import { boundsInWords } from "../options/values";
import { useStore } from "../state/store";
import { words } from "../words/form";
import { described, Field } from "./Field";
import { ModelChoices } from "./ModelChoices";
import { PictureControl } from "./PictureControl";
import { PicturesControl } from "./PicturesControl";

// From so many characters on a text is a long one.
const LONG = 1000;

/** Any option, drawn by what its schema says of it. */
export function OptionControl({ field }: { field: OptionField }) {
  const { draft } = useStore();
  const id = `option-${field.name}`;
  const mistake = draft.mistakes.value[field.name];
  const typed = draft.typed.value[field.name] ?? "";
  const type = (text: string) => draft.type(field.name, text);
  const help = helpOf(field);
  const common = described(id, help, mistake);

  if (field.kind === "upload") return <PictureControl field={field} help={help} />;
  if (field.kind === "uploads") return <PicturesControl field={field} help={help} />;
  if (field.kind === "switch") {
    const on = typed === "" ? field.default : typed === "true";
    return (
      <Field id={id} label={field.label} help={help} mistake={mistake} class="switch">
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
    <Field id={id} label={field.label} help={help} mistake={mistake}>
      {field.kind === "choice" ? (
        <select
          {...common}
          value={typed || (field.default ?? "")}
          onChange={(event) => type(event.currentTarget.value)}
        >
          {field.default === null && <option value="">{words().byDefault}</option>}
          {field.choices.map((choice) => (
            <option key={choice} value={choice}>
              {choiceLabel(field, choice)}
            </option>
          ))}
        </select>
      ) : isLong(field) ? (
        <textarea
          {...common}
          class="lines"
          rows={2}
          value={typed}
          onInput={(event) => type(event.currentTarget.value)}
        />
      ) : (
        <input
          {...common}
          type="text"
          inputMode={field.kind === "number" ? (field.whole ? "numeric" : "decimal") : "text"}
          autocomplete="off"
          placeholder={field.default === null ? words().byDefault : String(field.default)}
          value={typed}
          onInput={(event) => type(event.currentTarget.value)}
        />
      )}
      {namesModel(field.name) && <ModelChoices option={field.name} />}
    </Field>
  );
}

function isLong(field: OptionField): boolean {
  return field.kind === "lines" || (field.kind === "text" && (field.maxLength ?? 0) >= LONG);
}

function helpOf(field: OptionField): string {
  if (field.kind === "lines") return words().oneALine(field.help);
  const bounds = field.kind === "number" ? boundsInWords(field) : "";
  return bounds === "" ? field.help : `${field.help} (${bounds})`;
}
