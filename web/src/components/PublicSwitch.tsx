import { useStore } from "../state/store";
import { described, Field } from "./Field";

const HELP = "Everyone may see it once it is done";

export function PublicSwitch() {
  const { draft } = useStore();
  return (
    <Field id="public" label="Public" help={HELP} class="switch">
      <input
        {...described("public", HELP, undefined)}
        type="checkbox"
        checked={draft.isPublic.value}
        onChange={(event) => {
          draft.isPublic.value = event.currentTarget.checked;
        }}
      />
    </Field>
  );
}
