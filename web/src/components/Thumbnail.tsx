import { useEffect, useState } from "preact/hooks";
import { useStore } from "../state/store";
import type { Transfer } from "../state/uploads";
import { words } from "../words/pictures";

interface Props {
  path: string;
  transfer: Transfer | undefined;
  label: string;
}

/** A visitor's picture, small. */
export function Thumbnail({ path, transfer, label }: Props) {
  const address = usePreview(path);
  const shown = transfer?.preview ?? address;
  return (
    <div class="thumbnail" data-busy={transfer !== undefined}>
      {shown === "gone" ? <span>{words().noPreview}</span> : shown && <img src={shown} alt={label} />}
    </div>
  );
}

/** Where an uploaded picture can be seen: null until it is known, "gone" if nowhere. */
function usePreview(path: string): string | null {
  const { uploads } = useStore();
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    setAddress(null);
    if (path === "") return undefined;
    let wanted = true;
    void uploads.previewOf(path).then((found) => {
      if (wanted) setAddress(found ?? "gone");
    });
    return () => {
      wanted = false;
    };
  }, [uploads, path]);
  return address;
}
