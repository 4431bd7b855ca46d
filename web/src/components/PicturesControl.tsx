import type { UploadsField } from "../options/fields";
import { boundsInWords, type Weighed, weighedFrom, weighedText } from "../options/values";
import { useStore } from "../state/store";
import { words } from "../words/pictures";
import { useDropping } from "./dropping";
import { described, Hint } from "./Field";
import { FileButton } from "./FileButton";
import { GoOnWithout, PictureSign } from "./PictureControl";
import { Thumbnail } from "./Thumbnail";
import { TransferBar } from "./TransferBar";

/** Several of the visitor's pictures, each with its weight. */
export function PicturesControl({ field, help }: { field: UploadsField; help: string }) {
  const { draft, uploads } = useStore();
  const id = `option-${field.name}`;
  const mistake = draft.mistakes.value[field.name];
  const pictures = weighedFrom(draft.typed.value[field.name] ?? "");
  const coming = uploads.transfers.value.filter((transfer) => transfer.field === field.name);
  const full = field.most !== null && pictures.length + coming.length >= field.most;
  const take = (file: File) => void uploads.attach(field, file);
  const [over, dropping] = useDropping(take);
  const weigh = (place: number, weight: string) =>
    draft.type(field.name, weighedText(pictures.with(place, { path: pictures[place]?.path ?? "", weight })));
  return (
    <div class="field picture-field" data-over={over} {...dropping}>
      <span class="field-label" id={`${id}-label`}>
        {field.label}
      </span>
      <ul class="picture-list">
        {pictures.map((picture, place) => (
          <Row key={picture.path} {...{ field, picture, place, mistake }} weigh={weigh} />
        ))}
        {coming.map((transfer) => (
          <li key={transfer.id} class="picture-row">
            <Thumbnail path="" transfer={transfer} label={field.label} />
            <TransferBar label={field.label} transfer={transfer} />
          </li>
        ))}
      </ul>
      {!full && (
        <FileButton
          id={id}
          class="drop"
          take={take}
          input={{ ...described(id, help, mistake), "aria-labelledby": `${id}-label ${id}-text` }}
        >
          <PictureSign />
          <span id={`${id}-text`}>{over ? words().dropHere : words().add}</span>
        </FileButton>
      )}
      <GoOnWithout field={field} />
      <Hint id={id} help={help} mistake={mistake} />
    </div>
  );
}

interface RowProps {
  field: UploadsField;
  picture: Weighed;
  place: number;
  mistake: string | undefined;
  weigh: (place: number, weight: string) => void;
}

function Row({ field, picture, place, mistake, weigh }: RowProps) {
  const { uploads } = useStore();
  const { weight } = field;
  const label = words().pictureOf(field.label, place + 1);
  return (
    <li class="picture-row">
      <Thumbnail path={picture.path} transfer={undefined} label={label} />
      <div class="picture-weight">
        <input
          type="text"
          inputMode="decimal"
          autocomplete="off"
          aria-label={words().weightOf(place + 1)}
          aria-invalid={mistake ? "true" : undefined}
          title={`${words().weight} (${boundsInWords(weight)})`}
          placeholder={weight.default === null ? words().weight : String(weight.default)}
          value={picture.weight}
          onInput={(event) => weigh(place, event.currentTarget.value)}
        />
        <button
          type="button"
          class="quiet"
          aria-label={words().removeOf(label)}
          onClick={() => uploads.remove(field, picture.path)}
        >
          {words().remove}
        </button>
      </div>
    </li>
  );
}
