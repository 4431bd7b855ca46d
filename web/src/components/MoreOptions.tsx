import { useEffect, useRef, useState } from "preact/hooks";
import type { OptionField } from "../options/fields";
import { useStore } from "../state/store";
import { words } from "../words/form";
import { OptionControl } from "./OptionControl";
import { PublicSwitch } from "./PublicSwitch";

/** Everything that most pictures do without, folded away. */
export function MoreOptions({ fields }: { fields: readonly OptionField[] }) {
  const { draft } = useStore();
  // Drawn when they are first wanted: what they ask for, such as models, costs reads.
  const [opened, setOpened] = useState(false);
  const folded = useRef<HTMLDetailsElement>(null);
  const wrong = fields.some((field) => draft.mistakes.value[field.name] !== undefined);
  useEffect(() => {
    if (!wrong || !folded.current) return;
    setOpened(true);
    folded.current.open = true;
  }, [wrong]);
  return (
    <details class="more" ref={folded} onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>{words().moreOptions}</summary>
      <div class="more-fields">
        {opened && fields.map((field) => <OptionControl key={field.name} field={field} />)}
        <PublicSwitch />
      </div>
    </details>
  );
}
