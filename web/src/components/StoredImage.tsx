import type { ComponentChildren, CSSProperties } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useStore } from "../state/store";

// What is gone for good is asked for a few times, ever more seldom.
const PAUSES_MILLIS = [500, 2000, 8000, 30_000];

interface Props {
  address: string;
  alt: string;
  class?: string;
  style?: CSSProperties;
  draggable?: boolean;
  /** Shown while the picture can't be. */
  children?: ComponentChildren;
}

/** A picture that comes after all if the connection was away when it was first asked for. */
export function StoredImage({ address, children, ...image }: Props) {
  const { connection } = useStore();
  const [tries, setTries] = useState(0);
  const [broken, setBroken] = useState(false);
  const live = connection.now.value === "live";
  useEffect(() => {
    const pause = PAUSES_MILLIS[tries];
    if (!broken || !live || pause === undefined) return undefined;
    const timer = setTimeout(() => {
      setTries(tries + 1);
      setBroken(false);
    }, pause);
    return () => clearTimeout(timer);
  }, [broken, live, tries]);
  // After an outage it has all its tries again.
  useEffect(() => setTries(0), [live]);
  if (broken) return <>{children}</>;
  return <img key={tries} {...image} src={address} decoding="async" onError={() => setBroken(true)} />;
}
