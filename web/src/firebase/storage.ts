/** Where a result's files can be downloaded. */

import type { FirebaseApp } from "firebase/app";
import { connectStorageEmulator, getDownloadURL, getStorage, ref } from "firebase/storage";
import type { Address } from "../config";
import type { StoredFile } from "../contract";

export interface Files {
  /** The file's address, asked of Storage once; the address in its document if Storage can't say. */
  addressOf(file: StoredFile): Promise<string>;
}

export function openFiles(app: FirebaseApp, emulator: Address | undefined): Files {
  const storage = getStorage(app);
  if (emulator) connectStorageEmulator(storage, emulator.host, emulator.port);
  const addresses = new Map<string, Promise<string>>();

  return {
    addressOf(file) {
      const known = addresses.get(file.path);
      if (known) return known;
      const address = getDownloadURL(ref(storage, file.path)).catch(() => {
        addresses.delete(file.path);
        return file.url;
      });
      addresses.set(file.path, address);
      return address;
    },
  };
}
