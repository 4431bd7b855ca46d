/** Where Firebase's services are: the real ones, or emulators of them. Needs no SDK. */

import type { FirebaseOptions } from "firebase/app";
import type { Address } from "../config";

export function firestoreAt(emulator: Address | undefined): string {
  return at(emulator) ?? "https://firestore.googleapis.com";
}

export function storageAt(emulator: Address | undefined): string {
  return at(emulator) ?? "https://firebasestorage.googleapis.com";
}

/** The address of a file that the rules let everybody get, so that nothing need be asked. */
export function publicAddress(
  { storageBucket }: FirebaseOptions,
  emulator: Address | undefined,
  path: string,
): string {
  return `${storageAt(emulator)}/v0/b/${storageBucket}/o/${encodeURIComponent(path)}?alt=media`;
}

function at(emulator: Address | undefined): string | undefined {
  return emulator && `http://${emulator.host}:${emulator.port}`;
}
