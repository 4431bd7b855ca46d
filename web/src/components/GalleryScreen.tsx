import { useTitle } from "../state/hooks";
import { words } from "../words/shell";

export function GalleryScreen() {
  const title = words().gallery;
  useTitle(title);
  return (
    <section aria-labelledby="gallery-title">
      <h1 id="gallery-title">{title}</h1>
    </section>
  );
}
