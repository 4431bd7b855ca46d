/** The visitor's account for as long as a component is on the screen. */

import { useEffect, useState } from "preact/hooks";
import type { Visitor } from "../firebase/auth";
import { useStore } from "./store";

/** All that is known of the account; null while there is none, undefined until that is known. */
export function useVisitor(): Visitor | null | undefined {
  const { accounts } = useStore().firebase;
  const [visitor, setVisitor] = useState<Visitor | null | undefined>(undefined);
  useEffect(() => accounts.watchVisitor(setVisitor), [accounts]);
  return visitor;
}
