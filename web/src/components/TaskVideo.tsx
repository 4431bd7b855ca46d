import type { StoredFile } from "../contract";
import { useAddress } from "../state/hooks";
import { words } from "../words/task";

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
        aria-label={words().howItWasPainted}
      />
      <figcaption>{words().howItWasPainted}</figcaption>
    </figure>
  );
}
