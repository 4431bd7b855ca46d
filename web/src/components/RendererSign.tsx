import type { JSX } from "preact";

const SIGNS: Readonly<Record<string, JSX.Element>> = {
  // Noise that gathers into a shape.
  diffusion: (
    <g>
      <circle class="sign-heart" cx="21" cy="16" r="6.5" />
      <circle cx="12.5" cy="9.5" r="2.1" />
      <circle cx="11.5" cy="17" r="2.4" />
      <circle cx="13" cy="24" r="2" />
      <circle cx="6.5" cy="13" r="1.4" />
      <circle cx="6" cy="20.5" r="1.5" />
      <circle cx="7.5" cy="27" r="1" />
      <circle cx="6" cy="6.5" r="1" />
      <circle cx="20" cy="5.5" r="1.2" />
      <circle cx="20.5" cy="27" r="1.2" />
    </g>
  ),
  pixeldraw: (
    <g>
      <path d="M4 4h8v8H4zM20 4h8v8h-8zM4 20h8v8H4zM20 20h8v8h-8z" />
      <path class="sign-heart" d="M12 4h8v8h-8zM4 12h24v8H4zM12 20h8v8h-8z" />
    </g>
  ),
  // Frames that one flies through.
  vqgan_clip: (
    <g class="sign-lines">
      <rect x="4" y="4" width="24" height="24" rx="3" />
      <rect x="8.5" y="8.5" width="15" height="15" rx="2" transform="rotate(14 16 16)" />
      <rect class="sign-heart" x="12.5" y="12.5" width="7" height="7" rx="1.5" transform="rotate(30 16 16)" />
    </g>
  ),
  clipdraw: (
    <g class="sign-lines">
      <path d="M4 21C9 5 14 5 15 14s7 9 13-6" />
      <path class="sign-stroke" d="M5 27c7-5 14-5 22-2" />
    </g>
  ),
};

const OTHER = <circle class="sign-heart" cx="16" cy="16" r="10" />;

/** What a renderer draws with, drawn small. */
export function RendererSign({ renderer }: { renderer: string }) {
  return (
    <svg class="sign" viewBox="0 0 32 32" aria-hidden="true">
      {SIGNS[renderer] ?? OTHER}
    </svg>
  );
}
