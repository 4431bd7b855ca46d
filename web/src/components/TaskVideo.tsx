import type { StoredFile } from "../contract";
import { useAddress } from "../state/hooks";

/** The picture coming into being. It plays by itself, but not for whoever asked for less motion. */
export function TaskVideo({ video }: { video: StoredFile }) {
  const address = useAddress(video);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!address) return null;
  return (
    <figure class="video">
      <video
        src={address}
        controls
        loop
        muted
        playsInline
        autoPlay={!still}
        aria-label="How it was painted"
      />
      <figcaption>How it was painted</figcaption>
    </figure>
  );
}
