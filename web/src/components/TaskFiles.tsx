import type { Result, StoredFile } from "../contract";
import { useAddress } from "../state/hooks";
import { words } from "../words/task";

/** Links to a result's files. */
export function TaskFiles({ result }: { result: Result }) {
  return (
    <>
      {result.images.map((image, index) => (
        <FileLink
          key={image.path}
          file={image}
          name={result.images.length > 1 ? `PNG ${index + 1}` : "PNG"}
        />
      ))}
      {result.video && <FileLink file={result.video} name={words().video} />}
      {result.svg && <FileLink file={result.svg} name="SVG" />}
    </>
  );
}

function FileLink({ file, name }: { file: StoredFile; name: string }) {
  const address = useAddress(file);
  if (!address) return null;
  return (
    <a class="button" href={address} download target="_blank" rel="noopener">
      {name}
    </a>
  );
}
