import type { ComponentChildren } from "preact";

interface Props {
  id: string;
  class?: string;
  accept?: string;
  take: (file: File) => void;
  /** What its field's help and mistake are to it. */
  input?: Partial<Record<"aria-labelledby" | "aria-describedby", string | undefined>> & {
    "aria-invalid"?: "true" | undefined;
  };
  children: ComponentChildren;
}

/** What looks like a button and opens the browser's choice of files; for keyboards it is that choice itself. */
export function FileButton({ id, class: className = "", accept = "image/*", take, input, children }: Props) {
  return (
    <label class={`file-button ${className}`} for={id}>
      <input
        {...input}
        id={id}
        type="file"
        accept={accept}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          // The same file may be chosen again after it was removed.
          event.currentTarget.value = "";
          if (file) take(file);
        }}
      />
      {children}
    </label>
  );
}
