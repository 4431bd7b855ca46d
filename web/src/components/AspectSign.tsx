import { ratioOf } from "../options/aspects";

const SIDE = 18;

/** A picture's shape, drawn small. */
export function AspectSign({ aspect }: { aspect: string }) {
  const ratio = ratioOf(aspect);
  const width = ratio >= 1 ? SIDE : SIDE * ratio;
  const height = ratio >= 1 ? SIDE / ratio : SIDE;
  return (
    <svg class="aspect" viewBox={`0 0 ${SIDE + 2} ${SIDE + 2}`} aria-hidden="true">
      <rect
        x={(SIDE + 2 - width) / 2}
        y={(SIDE + 2 - height) / 2}
        width={width}
        height={height}
        rx="2"
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
      />
    </svg>
  );
}
