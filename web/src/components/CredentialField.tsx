import { useEffect, useRef } from "preact/hooks";
import { described, Field } from "./Field";

interface Props {
  /** As password managers call it. */
  kind: "email" | "new-password" | "current-password";
  label: string;
  help?: string | undefined;
  value: string;
  onValue: (value: string) => void;
  mistake: string | undefined;
}

/** An e-mail address or a password. Whoever made a mistake in it is taken to it. */
export function CredentialField({ kind, label, help, value, onValue, mistake }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const id = kind === "email" ? "account-email" : "account-password";
  useEffect(() => {
    if (mistake !== undefined) field.current?.focus();
  }, [mistake]);
  const common = {
    ...described(id, help, mistake),
    ref: field,
    value,
    onInput: (event: { currentTarget: HTMLInputElement }) => onValue(event.currentTarget.value),
  };
  return (
    <Field id={id} label={label} help={help} mistake={mistake}>
      {kind === "email" ? (
        <input {...common} type="email" autocomplete="username" />
      ) : (
        <input {...common} type="password" autocomplete={kind} />
      )}
    </Field>
  );
}
