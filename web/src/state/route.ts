/** Which screen is shown: as the address bar says. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { type Route, routeOf } from "./address";

export { pathOfTask, type Route, routeOf } from "./address";

const current = signal<Route>({ screen: "home" });
export const route: ReadonlySignal<Route> = current;

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
