import type { ComponentChildren } from "preact";
import type { UploadField } from "../options/fields";
import type { Size } from "../pictures/prepare";
import { useStore } from "../state/store";
import type { PictureField } from "../state/uploads";
import { words } from "../words/pictures";
import { useDropping } from "./dropping";
import { described, Hint } from "./Field";
import { FileButton } from "./FileButton";
import { Thumbnail } from "./Thumbnail";
import { TransferBar } from "./TransferBar";

interface Props {
  field: UploadField;
  label?: string;
  help?: string | undefined;
  /** The size that the picture must have, if there is one. */
  exactly?: () => Promise<Size | undefined>;
  /** Further things to do. */
  children?: ComponentChildren;
}

/** One picture of the visitor's: dropped, pasted or chosen, shown while it is uploaded and after. */
export function PictureControl({ field, label = field.label, help, exactly, children }: Props) {
  const { draft, uploads } = useStore();
  const id = `option-${field.name}`;
  const path = draft.typed.value[field.name] ?? "";
  const mistake = draft.mistakes.value[field.name];
  const transfer = uploads.transfers.value.filter((other) => other.field === field.name).at(-1);
  const take = (file: File) =>
    void Promise.resolve(exactly?.()).then((size) => uploads.attach(field, file, size));
  const [over, dropping] = useDropping(take);
  const input = described(id, help, mistake);
  return (
    <div class="field picture-field" data-over={over} {...dropping}>
      <span class="field-label" id={`${id}-label`}>
        {label}
      </span>
      {path === "" && !transfer ? (
        <div class="drop-row">
          <FileButton
            id={id}
            class="drop"
            take={take}
            input={{ ...input, "aria-labelledby": `${id}-label ${id}-text` }}
          >
            <PictureSign />
            <span id={`${id}-text`}>{over ? words().dropHere : words().dropPasteChoose}</span>
          </FileButton>
          <GoOnWithout field={field} />
          {children}
        </div>
      ) : (
        <div class="picture-row">
          <Thumbnail path={path} transfer={transfer} label={label} />
          <div class="picture-acts">
            {transfer ? <TransferBar label={label} transfer={transfer} /> : <SizeOf path={path} />}
            <div class="picture-buttons">
              <FileButton id={id} class="button quiet" take={take} input={input}>
                {words().replace}
              </FileButton>
              <button
                type="button"
                class="quiet"
                aria-label={words().removeOf(label)}
                onClick={() => uploads.empty(field)}
              >
                {words().remove}
              </button>
              {children}
            </div>
          </div>
        </div>
      )}
      <Hint id={id} help={help} mistake={mistake} />
    </div>
  );
}

/** Below a picture that didn't arrive: nothing is drawn before the visitor chose another, or said to do without. */
export function GoOnWithout({ field }: { field: PictureField }) {
  const { draft } = useStore();
  if (draft.lost.value[field.name] === undefined) return null;
  return (
    <button type="button" class="quiet" onClick={() => draft.forgive(field.name)}>
      {words().without}
    </button>
  );
}

function SizeOf({ path }: { path: string }) {
  const seen = useStore().uploads.seenAt(path);
  if (!seen) return null;
  const { width, height, scaled } = seen;
  return <p class="help">{(scaled ? words().scaled : words().size)(width, height)}</p>;
}

export function PictureSign() {
  return (
    <svg class="picture-sign" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="3" y="4" width="18" height="16" rx="3" />
      <circle cx="8.5" cy="9.5" r="1.6" />
      <path d="m4 17 5-4.5 3.5 3L16 11l4.5 4.5" />
    </svg>
  );
}
