import type { Picture } from "../firebase/wall";
import { usePublic } from "../state/public";
import { pathOfTask } from "../state/route";
import { useStore } from "../state/store";
import { words } from "../words/gallery";
import { LikeButton } from "./LikeButton";
import { Link } from "./Link";
import { ReportButton } from "./ReportButton";

// A picture may be a strip; its tile stays one that can be looked at and pressed.
const NARROWEST = 0.4;
const WIDEST = 3;

/** One picture on the wall; one that is `awaited` doesn't wait for its place to come in sight. Its shape is known before it is loaded, so that nothing moves. */
export function GalleryTile({ picture, awaited }: { picture: Picture; awaited: boolean }) {
  const { id, prompt, renderer, result, hidden } = picture;
  const store = useStore();
  const { gallery, visitor } = usePublic();
  const ratio = Math.min(Math.max(result.width / result.height || 1, NARROWEST), WIDEST);
  const mine = store.uid.value === picture.uid;
  return (
    <li class="tile" style={{ "--ratio": ratio }} data-picture={id} data-hidden={hidden ? "" : undefined}>
      <div class="tile-open" onClickCapture={() => (gallery.place.opened = id)}>
        <Link to={pathOfTask(id)} class="tile-link">
          <img
            src={store.firebase.files.publicAddressOf(result.thumbnail)}
            alt={prompt}
            width={result.width}
            height={result.height}
            loading={awaited ? "eager" : "lazy"}
            fetchpriority={awaited ? "high" : "auto"}
            decoding="async"
            class={renderer === "pixeldraw" ? "pixel-art" : undefined}
          />
          <span class="tile-prompt" aria-hidden="true" dir="auto">
            <span>{prompt}</span>
          </span>
        </Link>
      </div>
      <div class="tile-actions">
        {hidden && <span class="tile-note">{words().hidden}</span>}
        {visitor.value?.operator && (
          <button type="button" class="tile-hide" onClick={() => void gallery.hide(id, !hidden)}>
            {hidden ? words().show : words().hide}
          </button>
        )}
        {!mine && !hidden && <ReportButton id={id} sign />}
        {!hidden && <LikeButton id={id} likes={picture.likes} />}
      </div>
    </li>
  );
}
