import type { ComponentChildren } from "preact";
import { go } from "../state/route";

interface Props {
  to: string;
  class?: string;
  children: ComponentChildren;
}

/** A link within the page; opening it in a new tab works as with any other. */
export function Link({ to, class: className, children }: Props) {
  return (
    <a
      href={to}
      class={className}
      onClick={(event) => {
        const elsewhere =
          event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
        if (elsewhere) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
