/**
 * What runs first, while the page's own script is still on its way: it shows the theme that was chosen, and asks for
 * what is slow to come. Nothing is painted before it, so it stays small.
 */

import { loadConfig, type ProjectConfig } from "./config";
import { publicAddress, storageAt } from "./firebase/origins";
import { withRoom } from "./firebase/room";
import { IN_SIGHT_AT_ONCE, openWall, type Wall } from "./firebase/wall";
import { routeOf } from "./state/address";
import { keptTheme, showTheme } from "./state/ground";
import { followReleases } from "./state/release";

export interface Beginning {
  config: ProjectConfig;
  wall: Wall;
}

const inGallery = routeOf(location.pathname).screen === "gallery";

async function begin(): Promise<Beginning> {
  const served = await loadConfig();
  const wall = openWall(served);
  if (inGallery) void hang(served, wall);
  return { config: await withRoom(served), wall };
}

/** Asks for the first pictures: the list of them, and of these what is seen at once. */
async function hang({ options, emulators }: ProjectConfig, wall: Wall): Promise<void> {
  document.head.append(preconnection(storageAt(emulators.storage)));
  const { pictures } = await wall.askAhead();
  for (const { result } of pictures.slice(0, IN_SIGHT_AT_ONCE)) {
    const image = new Image();
    image.fetchPriority = "high";
    image.src = publicAddress(options, emulators.storage, result.thumbnail.path);
  }
}

function preconnection(origin: string): HTMLLinkElement {
  return Object.assign(document.createElement("link"), { rel: "preconnect", href: origin });
}

showTheme(keptTheme());
followReleases(import.meta.url);
const beginning = begin();
beginning.catch(() => {}); // the page says it
void import("./main").then(({ start }) => start(beginning));
