/** Which screen is shown, as the address bar says: `/` or a task at `/t/{id}`. */

import { type ReadonlySignal, signal } from "@preact/signals";

export type Route = { screen: "home" } | { screen: "task"; id: string };

const current = signal<Route>({ screen: "home" });
export const route: ReadonlySignal<Route> = current;

export function routeOf(path: string): Route {
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
