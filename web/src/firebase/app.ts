/** Firebase as this page uses it: three products, each owned by one module. */

import { type FirebaseApp, initializeApp } from "firebase/app";
import type { ProjectConfig } from "../config";
import { type Accounts, openAccounts } from "./auth";
import { openQueue, type Queue } from "./queue";
import { type Files, openFiles } from "./storage";
import type { Wall } from "./wall";

export interface Firebase {
  /** For the modules that are loaded with the screens that need them. */
  app: FirebaseApp;
  accounts: Accounts;
  queue: Queue;
  files: Files;
  /** The gallery's pages, which may have been asked for before there was a `Firebase`. */
  wall: Wall;
}

export function openFirebase({ options, emulators }: ProjectConfig, wall: Wall): Firebase {
  const app = initializeApp(options);
  return {
    app,
    accounts: openAccounts(app, emulators.auth),
    queue: openQueue(app, emulators.firestore),
    files: openFiles(app, emulators.storage),
    wall,
  };
}
