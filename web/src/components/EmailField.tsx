import { useEffect, useState } from "preact/hooks";
import { useStore } from "../state/store";
import { words } from "../words/create";
import { described, Field, Hint } from "./Field";

/** Whether, and where, an e-mail should go when the picture is done; nothing on a site that sends none. */
export function EmailField() {
  const { email, mistakes } = useStore().draft;
  const offered = useOffered();
  const { wanted, address, remembered } = email.now.value;
  const mistake = mistakes.value.email;
  if (!offered) return null;
  return (
    <div class="email">
      <Field id="email-wanted" label={words().email} class="switch">
        <input
          {...described("email-wanted", undefined, undefined)}
          type="checkbox"
          checked={wanted}
          onChange={(event) => email.change({ wanted: event.currentTarget.checked })}
        />
      </Field>
      {wanted && (
        <div class="field">
          <input
            {...described("email", words().emailHelp, mistake)}
            type="email"
            inputMode="email"
            autocomplete="email"
            aria-label={words().emailAddress}
            placeholder={words().emailAddress}
            value={address}
            onInput={(event) => email.change({ address: event.currentTarget.value })}
          />
          <Hint id="email" help={words().emailHelp} mistake={mistake} />
          <label class="remember">
            <input
              type="checkbox"
              checked={remembered}
              onChange={(event) => email.change({ remembered: event.currentTarget.checked })}
            />
            {words().emailRemember}
          </label>
        </div>
      )}
    </div>
  );
}

/** Whether the site sends mail; false until it is known. */
function useOffered(): boolean {
  const { queue } = useStore().firebase;
  const [offered, setOffered] = useState(false);
  useEffect(() => {
    queue.sendsMail().then(setOffered, () => {}); // not to know it is no trouble
  }, [queue]);
  return offered;
}
