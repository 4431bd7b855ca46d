import { useVisitor } from "../state/visitor";
import { words } from "../words/shell";
import { ScreenLink } from "./Header";

/** The way to the operator's page, for operators. */
export function OperatorLink() {
  return useVisitor()?.operator ? (
    <ScreenLink to="/operator" screen="operator" name={words().operator} />
  ) : null;
}
