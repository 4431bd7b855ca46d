import { useStore } from "../state/store";
import { words } from "../words/form";
import { described, Field } from "./Field";

export function PublicSwitch() {
  const { draft } = useStore();
  return (
    <Field id="public" label={words().public} help={words().publicHelp} class="switch">
      <input
        {...described("public", words().publicHelp, undefined)}
        type="checkbox"
        checked={draft.isPublic.value}
        onChange={(event) => {
          draft.isPublic.value = event.currentTarget.checked;
        }}
      />
    </Field>
  );
}
