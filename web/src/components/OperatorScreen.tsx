import { useTitle } from "../state/hooks";
import { words } from "../words/shell";

export function OperatorScreen() {
  const title = words().operator;
  useTitle(title);
  return (
    <section aria-labelledby="operator-title">
      <h1 id="operator-title">{title}</h1>
    </section>
  );
}
