import { useEffect, useState } from "preact/hooks";

// The listener holds the last frame for so long at the end of each film.
const HOLD_SECONDS = 1;

export interface Film {
  /** How far it is: 0 the first frame, 1 the last. */
  part: number;
  playing: boolean;
  /** Whether there is a frame to be seen. */
  ready: boolean;
  scrub: (part: number) => void;
  toggle: () => void;
}

/** A video as something to scrub through by hand. It stands where it is said to begin until somebody moves it. */
export function useFilm(video: HTMLVideoElement | null, begin: 0 | 1): Film {
  const [part, setPart] = useState<number>(begin);
  const [playing, setPlaying] = useState(false);
  const [ready, setReady] = useState(false);

  useEffect(() => {
    if (!video) return undefined;
    let frame = 0;
    const follow = () => {
      const now = partOf(video);
      setPart(now);
      if (now >= 1) video.pause();
      else frame = requestAnimationFrame(follow);
    };
    const listeners: Record<string, () => void> = {
      play() {
        setPlaying(true);
        frame = requestAnimationFrame(follow);
      },
      pause() {
        setPlaying(false);
        cancelAnimationFrame(frame);
      },
      loadeddata: () => setReady(true),
    };
    for (const [name, listener] of Object.entries(listeners)) video.addEventListener(name, listener);
    return () => {
      cancelAnimationFrame(frame);
      for (const [name, listener] of Object.entries(listeners)) video.removeEventListener(name, listener);
    };
  }, [video]);

  return {
    part,
    playing,
    ready,
    scrub(to) {
      if (!video) return;
      video.pause();
      setPart(to);
      seek(video, to);
    },
    toggle() {
      if (!video) return;
      if (playing) {
        video.pause();
        return;
      }
      if (part >= 1) video.currentTime = 0;
      void video.play();
    },
  };
}

function motionOf({ duration }: HTMLVideoElement): number {
  if (!Number.isFinite(duration)) return 0;
  return duration > 2 * HOLD_SECONDS ? duration - HOLD_SECONDS : duration;
}

function partOf(video: HTMLVideoElement): number {
  const motion = motionOf(video);
  return motion > 0 ? Math.min(1, video.currentTime / motion) : 0;
}

const waiting = new WeakMap<HTMLVideoElement, number>();

/** Seeks, or remembers to when the seek before is over: a browser that is asked too often shows nothing. */
function seek(video: HTMLVideoElement, part: number): void {
  const busy = waiting.has(video);
  waiting.set(video, part);
  if (!busy) seekNext(video);
}

function seekNext(video: HTMLVideoElement): void {
  const part = waiting.get(video);
  if (part === undefined) return;
  const after = () => {
    if (waiting.get(video) === part) waiting.delete(video);
    else seekNext(video);
  };
  if (video.readyState < HTMLMediaElement.HAVE_METADATA) {
    video.addEventListener("loadedmetadata", () => seekNext(video), { once: true });
    video.preload = "auto";
    return;
  }
  video.addEventListener("seeked", after, { once: true });
  video.currentTime = part * motionOf(video);
}
