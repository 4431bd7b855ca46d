/** What the operator's page follows, for as long as it is on the screen and looked at. */

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Operations } from "../firebase/operator";
import { whileAwake } from "./awake";
import { useStore } from "./store";

const OperationsContext = createContext<Operations | null>(null);
export const OperationsProvider = OperationsContext.Provider;

export function useOperations(): Operations {
  const operations = useContext(OperationsContext);
  if (!operations) throw new Error("useOperations outside of OperationsProvider");
  return operations;
}

type Watch<Value> = (onValue: (value: Value) => void, onError: (error: unknown) => void) => () => void;

/** What `watch` says, null before it says anything; what goes wrong is told to the page. `watch` may not change. */
export function useWatched<Value>(watch: Watch<Value>): Value | null {
  const store = useStore();
  const [value, setValue] = useState<Value | null>(null);
  useEffect(() => whileAwake(() => watch(setValue, (error) => store.tell(error))), [store]);
  return value;
}

/** Does something once at a time, and tells the page if it goes wrong. */
export function useAct(): { busy: boolean; act: (what: () => Promise<unknown>) => void } {
  const store = useStore();
  const [busy, setBusy] = useState(false);
  return {
    busy,
    act(what) {
      setBusy(true);
      what()
        .catch((error: unknown) => store.tell(error))
        .finally(() => setBusy(false));
    },
  };
}
