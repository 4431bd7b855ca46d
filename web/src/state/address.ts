/** What an address says: `/`, a task at `/t/{id}`, or one of the screens by its name. */

/** Screens whose address is their name. */
const NAMED = ["gallery", "account", "operator"] as const;
type Named = (typeof NAMED)[number];

export type Route = { screen: "home" } | { screen: "task"; id: string } | { screen: Named };

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
