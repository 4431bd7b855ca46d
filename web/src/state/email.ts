/** Where an e-mail should go when a picture is done. The browser keeps the address only for whoever wants it to. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { words } from "../words/create";
import { keep, kept } from "./kept";

const KEPT = "brushfire.email";
/** As firestore.rules has it, and the shape, too. */
export const LONGEST_ADDRESS = 254;
const ADDRESS = /^[^@\s]+@[^@\s.]+([.][^@\s.]+)+$/;

export interface Email {
  wanted: boolean;
  address: string;
  remembered: boolean;
}

export class EmailChoice {
  private readonly _now = signal<Email>(remembered());
  readonly now: ReadonlySignal<Email> = this._now;

  constructor(private readonly onChange: () => void = () => {}) {}

  change(part: Partial<Email>): void {
    this._now.value = { ...this._now.value, ...part };
    const { address, remembered: wished } = this._now.value;
    keep(KEPT, wished ? address.trim() : "");
    this.onChange();
  }

  /** The address to send with a task; null if none is wanted. */
  address(): string | null {
    const { wanted, address } = this._now.value;
    return wanted ? address.trim() : null;
  }

  /** What is wrong with it, in words; null if nothing is. */
  mistake(): string | null {
    const address = this.address();
    return address === null ? null : emailMistake(address);
  }
}

export function emailMistake(address: string): string | null {
  if (address === "") return words().emailMissing;
  if (address.length > LONGEST_ADDRESS) return words().emailLong(LONGEST_ADDRESS);
  return ADDRESS.test(address) ? null : words().emailWrong(address);
}

function remembered(): Email {
  const address = kept(KEPT) ?? "";
  return { wanted: false, address, remembered: address !== "" };
}
