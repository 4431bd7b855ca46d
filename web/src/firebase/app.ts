/** Firebase as this page uses it: three products, each owned by one module. */

import { type FirebaseApp, initializeApp } from "firebase/app";
import type { ProjectConfig } from "../config";
import { type Accounts, openAccounts } from "./auth";
import { openQueue, type Queue } from "./queue";
import { type Files, openFiles } from "./storage";

export interface Firebase {
  /** For the modules that are loaded with the screens that need them. */
  app: FirebaseApp;
  accounts: Accounts;
  queue: Queue;
  files: Files;
}

export function openFirebase({ options, emulators }: ProjectConfig): Firebase {
  const app = initializeApp(options);
  return {
    app,
    accounts: openAccounts(app, emulators.auth),
    queue: openQueue(app, emulators.firestore),
    files: openFiles(app, emulators.storage),
  };
}
