import { useState } from "preact/hooks";

type Handlers = Record<"onDragOver" | "onDragLeave" | "onDrop", (event: DragEvent) => void>;

/** Makes a place that files can be dropped on: whether one is held over it, and what its element needs for that. */
export function useDropping(take: (file: File) => void): [boolean, Handlers] {
  const [over, setOver] = useState(false);
  return [
    over,
    {
      onDragOver(event) {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave() {
        setOver(false);
      },
      onDrop(event) {
        setOver(false);
        const file = fileIn(event.dataTransfer);
        if (!file) return;
        // The page as a whole takes files, too; this one is meant for here.
        event.preventDefault();
        take(file);
      },
    },
  ];
}

export function holdsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") ?? false;
}

/** The first file that is dropped or pasted; null if there is none. */
export function fileIn(data: DataTransfer | null): File | null {
  return data?.files[0] ?? null;
}
