import { useEffect, useState } from "preact/hooks";
import type { StoredFile } from "../contract";
import { useAddress } from "../state/hooks";
import { useStore } from "../state/store";
import { words } from "../words/result";
import { useFilm } from "./useFilm";

// Positions of the slider: fine enough for the longest film on the widest screen.
const POSITIONS = 200;

interface Props {
  video: StoredFile;
  /** Whether it lies over the picture, which shows when it has come to its end. */
  over: boolean;
}

/** The picture coming into being: nothing moves until somebody plays it or drags the slider. */
export function TaskVideo({ video, over }: Props) {
  const address = useAddress(video);
  const [element, setElement] = useState<HTMLVideoElement | null>(null);
  const film = useFilm(element, over ? 1 : 0);
  const live = useStore().connection.now.value === "live";
  useEffect(() => {
    // It may have been asked for when the connection was away.
    if (live && element?.error) element.load();
  }, [element, live]);
  const shown = !over || (film.ready && film.part < 1);
  const percent = Math.round(film.part * 100);
  return (
    <>
      <video
        ref={setElement}
        class={over ? "film film-over" : "film"}
        data-shown={shown}
        {...(address && { src: address })}
        preload="metadata"
        muted
        playsInline
        aria-label={words().scrub}
      />
      <div class="film-bar">
        <button
          type="button"
          class="icon"
          disabled={!address}
          aria-label={film.playing ? words().pause : words().play}
          title={film.playing ? words().pause : words().play}
          onClick={film.toggle}
        >
          <PlaySign playing={film.playing} />
        </button>
        <input
          type="range"
          class="film-slider"
          disabled={!address}
          aria-label={words().scrub}
          aria-valuetext={film.part < 1 ? words().partOfTheWay(percent) : words().finished}
          min={0}
          max={POSITIONS}
          value={Math.round(film.part * POSITIONS)}
          style={{ "--part": film.part }}
          onInput={(event) => film.scrub(Number(event.currentTarget.value) / POSITIONS)}
        />
        <span class="film-ends" aria-hidden="true">
          <span>{words().first}</span>
          <span>{words().last}</span>
        </span>
      </div>
    </>
  );
}

function PlaySign({ playing }: { playing: boolean }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true" fill="currentColor">
      {playing ? <path d="M5 4h3.4v12H5zM11.6 4H15v12h-3.4z" /> : <path d="M6 3.5v13l10.5-6.5z" />}
    </svg>
  );
}
