import type { ComponentChildren } from "preact";
import { go } from "../state/route";

interface Props {
  to: string;
  class?: string;
  /** What it is called, where its content doesn't tell. */
  label?: string;
  /** Whether it leads to where one is. */
  current?: boolean;
  children: ComponentChildren;
}

/** A link within the page; opening it in a new tab works as with any other. */
export function Link({ to, class: className, label, current = false, children }: Props) {
  return (
    <a
      href={to}
      class={className}
      aria-label={label}
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
