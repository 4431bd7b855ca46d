import { useEffect, useRef } from "preact/hooks";
import type { OptionField } from "../options/fields";
import { useStore } from "../state/store";
import { words } from "../words/form";
import { OptionControl } from "./OptionControl";
import { PublicSwitch } from "./PublicSwitch";

/** Everything that most pictures do without, folded away. */
export function MoreOptions({ fields }: { fields: readonly OptionField[] }) {
  const { draft } = useStore();
  const folded = useRef<HTMLDetailsElement>(null);
  const wrong = fields.some((field) => draft.mistakes.value[field.name] !== undefined);
  useEffect(() => {
    if (wrong && folded.current) folded.current.open = true;
  }, [wrong]);
  return (
    <details class="more" ref={folded}>
      <summary>{words().moreOptions}</summary>
      <div class="more-fields">
        {fields.map((field) => (
          <OptionControl key={field.name} field={field} />
        ))}
        <PublicSwitch />
      </div>
    </details>
  );
}
