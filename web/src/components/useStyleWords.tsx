import { useState } from "preact/hooks";
import { words } from "../words/create";
import { lazily } from "./lazily";

const StyleWords = lazily(() => import("./StyleWords").then((module) => module.StyleWords));

/** Opens the words of style below the prompt. */
export function useStyleWords() {
  const [open, setOpen] = useState(false);
  const button = (
    <button
      type="button"
      class="chip chip-strong"
      aria-expanded={open}
      aria-controls="style-words"
      onClick={() => setOpen(!open)}
    >
      {words().styleWords}
    </button>
  );
  return { button, list: open && <StyleWords /> };
}
