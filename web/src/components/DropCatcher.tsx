import { useEffect, useState } from "preact/hooks";
import { go, route } from "../state/route";
import { useStore } from "../state/store";
import { words } from "../words/pictures";
import { fileIn, holdsFiles } from "./dropping";

/** Takes pictures that are dropped anywhere on the page, or pasted beside the form. */
export function DropCatcher() {
  const { incoming } = useStore();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    const take = (file: File) => {
      go("/");
      void incoming.take(file);
    };
    const over = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setHeld(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setHeld(false);
    };
    const drop = (event: DragEvent) => {
      setHeld(false);
      const file = fileIn(event.dataTransfer);
      // A field that has taken it has said so.
      if (!file || event.defaultPrevented) return;
      event.preventDefault();
      take(file);
    };
    const paste = (event: ClipboardEvent) => {
      const file = fileIn(event.clipboardData);
      if (!file || !file.type.startsWith("image/") || isForText(event) || route.value.screen !== "home")
        return;
      event.preventDefault();
      take(file);
    };
    const whatever: [string, (event: never) => void][] = [
      ["dragover", over],
      ["dragleave", leave],
      ["drop", drop],
      ["paste", paste],
    ];
    for (const [name, listener] of whatever) addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of whatever) removeEventListener(name, listener as EventListener);
    };
  }, [incoming]);
  return held ? <p class="drop-overlay">{words().dropOverlay}</p> : null;
}

/** Whether what is pasted is as good a text, and pasted where text belongs: from a table or a text program. */
function isForText({ target, clipboardData }: ClipboardEvent): boolean {
  const field = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  return field && (clipboardData?.types.includes("text/plain") ?? false);
}
