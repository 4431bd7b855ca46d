import { useState } from "preact/hooks";
import { KNOWN_RENDERERS } from "../contract";
import { RendererSign } from "./RendererSign";

/** A small picture that a renderer drew; its sign, where there is none. */
export function RendererPicture({ renderer }: { renderer: string }) {
  const [missing, setMissing] = useState(false);
  const known = Object.hasOwn(KNOWN_RENDERERS, renderer) && !missing;
  return (
    <span class="renderer-picture">
      {known ? (
        <img
          src={`/samples/renderers/${renderer}.webp`}
          alt=""
          width={72}
          height={72}
          loading="lazy"
          decoding="async"
          onError={() => setMissing(true)}
        />
      ) : (
        <RendererSign renderer={renderer} />
      )}
    </span>
  );
}
