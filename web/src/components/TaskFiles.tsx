import type { StoredFile } from "../contract";
import type { Task } from "../firebase/queue";
import { useAddress } from "../state/hooks";
import { addressOfJson, fileName, recipeOf, save } from "../state/saving";
import { words } from "../words/result";

/** Links to a result's files, and to the recipe that makes it again. */
export function TaskFiles({ task }: { task: Task }) {
  const { result } = task;
  if (!result) return null;
  const several = result.images.length > 1;
  return (
    <>
      {result.images.map((image, index) => (
        <FileLink
          key={image.path}
          file={image}
          label={several ? `PNG ${index + 1}` : "PNG"}
          name={fileName(task, "png", index + 1)}
        />
      ))}
      {result.video && <FileLink file={result.video} label="MP4" name={fileName(task, "mp4")} />}
      {result.svg && <FileLink file={result.svg} label="SVG" name={fileName(task, "svg")} />}
      <a
        class="button"
        href={addressOfJson(recipeOf(task))}
        download={fileName(task, "json")}
        title={words().recipeHelp}
      >
        {words().recipe}
      </a>
    </>
  );
}

function FileLink({ file, label, name }: { file: StoredFile; label: string; name: string }) {
  const address = useAddress(file);
  if (!address) {
    return (
      <span class="button" aria-hidden="true">
        {label}
      </span>
    );
  }
  return (
    <a
      class="button"
      href={address}
      download={name}
      target="_blank"
      rel="noopener"
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        void save(address, name);
      }}
    >
      {label}
    </a>
  );
}
