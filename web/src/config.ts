/** Which Firebase project this page belongs to: asked of its own Hosting, never baked into the build. */

import type { FirebaseOptions } from "firebase/app";
import { emulators as PORTS } from "../../firebase.json";

export const CONFIG_PATH = "/__/firebase/init.json";

export interface Address {
  host: string;
  port: number;
}

export interface Emulators {
  firestore?: Address;
  auth?: Address;
  storage?: Address;
}

export interface ProjectConfig {
  options: FirebaseOptions;
  emulators: Emulators;
}

/** The page's host serves no Firebase configuration, so there is nothing to connect to. */
export class NoFirebase extends Error {
  override name = "NoFirebase";
}

export async function loadConfig(): Promise<ProjectConfig> {
  let answer: Response;
  try {
    answer = await fetch(CONFIG_PATH, { cache: "no-store" });
  } catch {
    throw new NoFirebase(`${CONFIG_PATH} can't be reached`);
  }
  if (!answer.ok) throw new NoFirebase(`${CONFIG_PATH} answers ${answer.status}`);
  let served: unknown;
  try {
    served = await answer.json();
  } catch {
    throw new NoFirebase(`${CONFIG_PATH} isn't JSON: it may be a page of another host`);
  }
  return readConfig(served);
}

/** Splits what Hosting serves into the SDK's options and the emulators to use instead of the real services. */
export function readConfig(served: unknown): ProjectConfig {
  if (typeof served !== "object" || served === null) throw new NoFirebase(`${CONFIG_PATH} isn't an object`);
  const { emulators, ...options } = served as FirebaseOptions & { emulators?: Emulators };
  for (const key of ["projectId", "apiKey"] as const) {
    if (typeof options[key] !== "string") throw new NoFirebase(`${CONFIG_PATH} has no ${key}`);
  }
  return { options, emulators: emulators ?? officialSuite(String(options.projectId)) };
}

/**
 * Google's own emulators don't say where they are. They have the ports of `firebase.json`, and only they have projects
 * whose names begin with `demo-`.
 */
function officialSuite(project: string): Emulators {
  if (!project.startsWith("demo-")) return {};
  const at = ({ port }: { port: number }): Address => ({ host: location.hostname, port });
  return { firestore: at(PORTS.firestore), auth: at(PORTS.auth), storage: at(PORTS.storage) };
}
