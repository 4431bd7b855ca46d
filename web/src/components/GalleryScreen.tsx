import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { IN_SIGHT_AT_ONCE } from "../firebase/wall";
import { labelOf } from "../options/fields";
import type { GalleryState } from "../state/gallery";
import { useTitle } from "../state/hooks";
import { usePublic } from "../state/public";
import { routeOf } from "../state/route";
import { neighbour } from "../state/tiles";
import { words } from "../words/gallery";
import { nameOf } from "../words/options";
import { GalleryControls } from "./GalleryControls";
import { GalleryTile } from "./GalleryTile";
import { Link } from "./Link";
import { Mark } from "./Mark";

// So far ahead of the last row the next page is asked for: more than a flick of the finger.
const AHEAD = "1500px";

/** Everybody's public pictures. */
export function GalleryScreen() {
  const { gallery } = usePublic();
  const pictures = gallery.pictures.value;
  const wall = useRef<HTMLUListElement>(null);
  useTitle(words().title);
  usePlace(gallery, wall);
  useWholeRows(wall, gallery.reach.value === "more" || gallery.reach.value === "loading");
  return (
    <section aria-labelledby="gallery-title">
      <div class="wall-head">
        <h1 id="gallery-title">{words().title}</h1>
        <GalleryControls view={gallery.view.value} choose={(view) => gallery.choose(view)} />
      </div>
      <ul class="wall" ref={wall} onKeyDown={moveByArrows} aria-busy={gallery.reach.value === "loading"}>
        {pictures.map((picture, index) => (
          <GalleryTile key={picture.id} picture={picture} awaited={index < IN_SIGHT_AT_ONCE} />
        ))}
      </ul>
      <End gallery={gallery} />
    </section>
  );
}

/** Holds back a last row that the next page will fill up: what is seen doesn't move then. */
function useWholeRows(wall: { current: HTMLUListElement | null }, moreToCome: boolean) {
  useLayoutEffect(() => {
    const tiles = [...(wall.current?.children ?? [])] as HTMLElement[];
    const below = tiles.at(-1)?.offsetTop;
    const heldBack = moreToCome && tiles[0]?.offsetTop !== below;
    for (const tile of tiles) tile.toggleAttribute("data-held", heldBack && tile.offsetTop === below);
  });
}

/** What is below the last picture: the next page as soon as it is nearly in sight, or what there is to say. */
function End({ gallery }: { gallery: GalleryState }) {
  const reach = gallery.reach.value;
  const count = gallery.pictures.value.length;
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!end.current || reach !== "more") return undefined;
    const seen = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && void gallery.more(),
      { rootMargin: `0px 0px ${AHEAD} 0px` },
    );
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [gallery, reach, count]);
  return (
    // Another after each page: what was said before it has not moved, it is gone.
    <div class="wall-end" key={`${reach} ${count}`} ref={end}>
      {reach === "end" && count === 0 && <Empty renderer={gallery.view.value.renderer} />}
      {reach === "end" && count > 0 && <p>{words().all(count)}</p>}
      {reach === "loading" && <p>{words().loading}</p>}
      {(reach === "problem" || reach === "more") && (
        <>
          {reach === "problem" && <p class="mistake">{words().notLoaded}</p>}
          <button type="button" onClick={() => void gallery.more()}>
            {reach === "problem" ? words().again : words().more}
          </button>
        </>
      )}
    </div>
  );
}

function Empty({ renderer }: { renderer: string | null }) {
  return (
    <div class="empty">
      <Mark />
      <p>{renderer === null ? words().empty : words().emptyOf(nameOf(renderer) ?? labelOf(renderer))}</p>
      <Link to="/" class="button">
        {words().makeOne}
      </Link>
    </div>
  );
}

/** Goes on where the visitor left off, at the picture that was opened, and remembers where that is. */
function usePlace(gallery: GalleryState, wall: { current: HTMLUListElement | null }) {
  useLayoutEffect(() => {
    const { place } = gallery;
    gallery.comeBack();
    const opened =
      place.opened && wall.current?.querySelector(`[data-picture="${CSS.escape(place.opened)}"] a`);
    if (opened instanceof HTMLElement) opened.focus({ preventScroll: true });
    if (place.scroll > 0) scrollTo(0, place.scroll);
    const remember = () => {
      // On the way to another screen the page is scrolled, too.
      if (routeOf(location.pathname).screen === "gallery") place.scroll = scrollY;
    };
    addEventListener("scroll", remember, { passive: true });
    return () => removeEventListener("scroll", remember);
  }, [gallery, wall]);
}

/** The arrow keys lead from picture to picture, as they hang. */
function moveByArrows(event: TargetedKeyboardEvent<HTMLUListElement>) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>(".tile-link")];
  const at = links.findIndex((link) => link === document.activeElement);
  if (at < 0) return;
  const to = neighbour(
    event.key,
    at,
    links.map((link) => link.getBoundingClientRect()),
  );
  if (to === null) return;
  event.preventDefault();
  links[to]?.focus();
}
