/** Which screen is shown, as the address bar says: `/`, a task at `/t/{id}`, or one of the screens by its name. */

import { type ReadonlySignal, signal } from "@preact/signals";

/** Screens whose address is their name. */
const NAMED = ["gallery", "account", "operator"] as const;
type Named = (typeof NAMED)[number];

export type Route = { screen: "home" } | { screen: "task"; id: string } | { screen: Named };

const current = signal<Route>({ screen: "home" });
export const route: ReadonlySignal<Route> = current;

export function routeOf(path: string): Route {
  const name = NAMED.find((name) => path === `/${name}` || path === `/${name}/`);
  if (name) return { screen: name };
  const id = /^\/t\/([^/]+)\/?$/.exec(path)?.[1];
  if (id === undefined) return { screen: "home" };
  try {
    return { screen: "task", id: decodeURIComponent(id) };
  } catch {
    return { screen: "home" }; // a lone % is no id
  }
}

export function pathOfTask(id: string): string {
  return `/t/${encodeURIComponent(id)}`;
}

export function go(path: string): void {
  if (path === location.pathname) return;
  history.pushState(null, "", path);
  current.value = routeOf(path);
  scrollTo(0, 0);
}

/** Shows what the address bar says, now and whenever the browser goes back or forward. */
export function followAddress(): void {
  const follow = () => {
    current.value = routeOf(location.pathname);
  };
  follow();
  addEventListener("popstate", follow);
}
