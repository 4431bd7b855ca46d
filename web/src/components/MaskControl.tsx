import { useState } from "preact/hooks";
import type { UploadField } from "../options/fields";
import { useStore } from "../state/store";
import { words } from "../words/pictures";
import { lazily } from "./lazily";
import { PictureControl } from "./PictureControl";

const MaskPainter = lazily(() => import("./MaskPainter").then((module) => module.MaskPainter));

interface Props {
  field: UploadField;
  /** Where the picture was uploaded to that the mask is of. */
  of: string;
}

/** A mask: uploaded, or painted over the picture that it is of. */
export function MaskControl({ field, of }: Props) {
  const { draft, uploads } = useStore();
  const [painting, setPainting] = useState(false);
  const there = (draft.typed.value[field.name] ?? "") !== "";
  const exactly = () => uploads.sizeOf(of);
  return (
    <>
      <PictureControl field={field} help={words().maskHelp} exactly={exactly}>
        <button type="button" class="quiet" onClick={() => setPainting(true)}>
          {there ? words().repaint : words().paint}
        </button>
      </PictureControl>
      {painting && (
        <MaskPainter
          of={of}
          take={(mask) => void exactly().then((size) => uploads.attach(field, mask, size))}
          close={() => setPainting(false)}
        />
      )}
    </>
  );
}
