import type { OptionField, UploadField } from "../options/fields";
import { useStore } from "../state/store";
import { words } from "../words/pictures";
import { MaskControl } from "./MaskControl";
import { OptionControl } from "./OptionControl";
import { PictureControl } from "./PictureControl";

interface Props {
  field: UploadField;
  /** The options that mean something only beside it. */
  beside: readonly OptionField[];
}

/** The picture to begin from, and what belongs to it once there is one. */
export function BeginFrom({ field, beside }: Props) {
  const path = useStore().draft.typed.value[field.name] ?? "";
  return (
    <div class="begin-from">
      <PictureControl field={field} label={words().beginFrom} />
      {beside.map((other) =>
        other.kind === "upload" ? (
          <MaskControl key={other.name} field={other} of={path} />
        ) : (
          <OptionControl key={other.name} field={other} />
        ),
      )}
    </div>
  );
}
