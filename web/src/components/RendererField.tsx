import { labelOf } from "../options/fields";
import { useStore } from "../state/store";
import { described, Field } from "./Field";

export function RendererField() {
  const { draft, catalog } = useStore();
  const chosen = draft.rendererIn(catalog.value);
  const help = catalog.value[chosen]?.summary;
  const mistake = draft.mistakes.value.renderer;
  return (
    <Field id="renderer" label="Renderer" help={help ?? ""} mistake={mistake}>
      <select
        {...described("renderer", help, mistake)}
        value={chosen}
        onChange={(event) => {
          draft.renderer.value = event.currentTarget.value;
        }}
      >
        {Object.keys(catalog.value)
          .sort()
          .map((name) => (
            <option key={name} value={name}>
              {labelOf(name)}
            </option>
          ))}
      </select>
    </Field>
  );
}
