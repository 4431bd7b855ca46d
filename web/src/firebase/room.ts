/**
 * Room for many tabs. A browser opens at most six connections to a host that speaks HTTP/1.1, for all of its tabs
 * together, and each tab of this page holds one to Firestore: with six tabs none could ask anything more. The real
 * Firestore speaks HTTP/2, where they share one; an emulator doesn't. But all names below `localhost` are this
 * machine, and each of them is a host of its own.
 */

import type { Address, ProjectConfig } from "../config";

const PATIENCE_MILLIS = 1000;

/** The same project, with a host of this tab's own for an emulated Firestore where the browser knows such names. */
export async function withRoom(config: ProjectConfig, random = Math.random): Promise<ProjectConfig> {
  const { firestore } = config.emulators;
  if (!firestore || !["127.0.0.1", "localhost"].includes(firestore.host)) return config;
  const own = { ...firestore, host: `tab-${Math.floor(random() * 1e6)}.localhost` };
  return (await answers(own)) ? { ...config, emulators: { ...config.emulators, firestore: own } } : config;
}

async function answers({ host, port }: Address): Promise<boolean> {
  try {
    await fetch(`http://${host}:${port}/`, {
      mode: "no-cors",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MILLIS),
    });
    return true;
  } catch {
    return false;
  }
}
