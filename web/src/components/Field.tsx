import type { ComponentChildren } from "preact";

interface Props {
  id: string;
  label: string;
  help?: string | undefined;
  mistake?: string | undefined;
  class?: string;
  children: ComponentChildren;
}

/** A labelled control with its help, or what is wrong with it, below. */
export function Field({ id, label, help, mistake, class: className = "", children }: Props) {
  return (
    <div class={`field ${className}`}>
      <label for={id}>{label}</label>
      {children}
      <Hint id={id} help={help} mistake={mistake} />
    </div>
  );
}

/** The lines that `described()` points to. */
export function Hint({
  id,
  help,
  mistake,
}: Pick<Props, "id" | "help" | "mistake"> & { help?: string | undefined }) {
  return (
    <>
      {mistake && (
        <p class="mistake" id={`${id}-mistake`}>
          {mistake}
        </p>
      )}
      {help && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </>
  );
}

/** What a control needs so that its help and its mistake are read out with it. */
export function described(id: string, help: string | undefined, mistake: string | undefined) {
  const ids = [mistake && `${id}-mistake`, help && `${id}-help`].filter(Boolean).join(" ");
  return {
    id,
    "aria-invalid": mistake ? ("true" as const) : undefined,
    "aria-describedby": ids === "" ? undefined : ids,
  };
}
