import type { ComponentChildren } from "preact";
import { go } from "../state/route";

interface Props {
  to: string;
  class?: string;
  /** Whether it leads to where one is. */
  current?: boolean;
  children: ComponentChildren;
}

/** A link within the page; opening it in a new tab works as with any other. */
export function Link({ to, class: className, current = false, children }: Props) {
  return (
    <a
      href={to}
      class={className}
      aria-current={current ? "page" : undefined}
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
