/** Cloud Storage: where a result's files are, and the visitor's own pictures. Its SDK is loaded when first needed. */

import type { FirebaseApp } from "firebase/app";
import type { FirebaseStorage, StorageReference, UploadTask } from "firebase/storage";
import type { Address } from "../config";
import type { StoredFile } from "../contract";
import { publicAddress } from "./origins";

export interface Files {
  /** The file's address, asked of Storage once; the address in its document if Storage can't say. */
  addressOf(file: StoredFile): Promise<string>;
  /** The address of a file of a result: the rules let everybody get it, so nothing need be asked. */
  publicAddressOf(file: Pick<StoredFile, "path">): string;
  /** The address of one of the visitor's own uploads; null if it is gone, or somebody else's. */
  addressOfUpload(path: string): Promise<string | null>;
  /** Uploads a file; `onPart` is told how much of it is there, from 0 to 1. `done` rejects with a `FirebaseError`. */
  upload(path: string, content: Blob, onPart: (part: number) => void): Upload;
  /** Deletes one of the visitor's own uploads; one that is gone already is no trouble. */
  discard(path: string): Promise<void>;
  /** Deletes a file of the visitor's; one that is gone already is no trouble. Rejects with a `FirebaseError`. */
  remove(path: string): Promise<void>;
  /** The paths of all that the visitor has uploaded. */
  uploadsOf(uid: string): Promise<string[]>;
}

export interface Upload {
  done: Promise<void>;
  cancel(): void;
}

// A visitor who waits at the form would rather be told.
const RETRY_MILLIS = 60_000;

type Sdk = typeof import("firebase/storage");

export function openFiles(app: FirebaseApp, emulator: Address | undefined): Files {
  const addresses = new Map<string, Promise<string>>();
  let opened: Promise<[Sdk, FirebaseStorage]> | null = null;

  function open(): Promise<[Sdk, FirebaseStorage]> {
    opened ??= import("firebase/storage").then(
      (sdk) => {
        const storage = sdk.getStorage(app);
        storage.maxUploadRetryTime = RETRY_MILLIS;
        if (emulator) sdk.connectStorageEmulator(storage, emulator.host, emulator.port);
        return [sdk, storage];
      },
      (error: unknown) => {
        opened = null; // what couldn't be loaded may be when the connection is back
        throw error;
      },
    );
    return opened;
  }

  function known(path: string): Promise<string> {
    const before = addresses.get(path);
    if (before) return before;
    const address = open().then(([sdk, storage]) => sdk.getDownloadURL(sdk.ref(storage, path)));
    addresses.set(path, address);
    address.catch(() => addresses.delete(path));
    return address;
  }

  return {
    addressOf: (file) => known(file.path).catch(() => file.url),
    publicAddressOf: ({ path }) => publicAddress(app.options, emulator, path),
    addressOfUpload: (path) => known(path).catch(() => null),
    upload(path, content, onPart) {
      let running: UploadTask | null = null;
      let called = false;
      async function send(): Promise<void> {
        const [sdk, storage] = await open();
        if (called) return;
        running = sdk.uploadBytesResumable(sdk.ref(storage, path), content, { contentType: content.type });
        running.on("state_changed", ({ bytesTransferred, totalBytes }) => {
          if (totalBytes > 0) onPart(bytesTransferred / totalBytes);
        });
        await running;
      }
      return {
        done: send(),
        cancel() {
          called = true;
          running?.cancel();
        },
      };
    },
    async remove(path) {
      const [sdk, storage] = await open();
      addresses.delete(path);
      await sdk.deleteObject(sdk.ref(storage, path)).catch((error: unknown) => {
        if ((error as { code?: string }).code !== "storage/object-not-found") throw error;
      });
    },
    async uploadsOf(uid) {
      const [sdk, storage] = await open();
      return filesBelow(sdk, sdk.ref(storage, `uploads/${uid}`));
    },
    async discard(path) {
      const [sdk, storage] = await open();
      addresses.delete(path);
      await sdk.deleteObject(sdk.ref(storage, path)).catch(() => {});
    },
  };
}

async function filesBelow(sdk: Sdk, folder: StorageReference): Promise<string[]> {
  const { items, prefixes } = await sdk.listAll(folder);
  const deeper = await Promise.all(prefixes.map((below) => filesBelow(sdk, below)));
  return [...items.map(({ fullPath }) => fullPath), ...deeper.flat()];
}
