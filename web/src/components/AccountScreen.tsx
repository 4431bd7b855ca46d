import { useTitle } from "../state/hooks";
import { words } from "../words/shell";

export function AccountScreen() {
  const title = words().account;
  useTitle(title);
  return (
    <section aria-labelledby="account-title">
      <h1 id="account-title">{title}</h1>
    </section>
  );
}
