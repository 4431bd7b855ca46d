// The console: what the server streams, as text. Addresses are in the location's hash:
// #/documents/queue/t1, #/objects/bucket/folder/, #/operations, #/denials, #/functions.
import { documentsView } from "./documents.js";
import { view } from "./elements.js";
import { denialsView, functionsView, objectsView, operationsView } from "./views.js";

const VIEWS = {
  documents: documentsView,
  objects: objectsView,
  operations: operationsView,
  denials: denialsView,
  functions: functionsView,
};
let leave = () => {};

function go() {
  const [, name = "", ...segments] = location.hash.split("/");
  const shown = Object.hasOwn(VIEWS, name) ? name : "documents";
  for (const tab of document.querySelectorAll("header nav a"))
    tab.toggleAttribute("aria-current", tab.hash === `#/${shown}`);
  leave();
  view.replaceChildren();
  view.className = shown;
  leave = VIEWS[shown](segments.map(decodeURIComponent));
}

window.addEventListener("hashchange", go);
go();
fetch("/api/project").then(
  async (answer) => (document.getElementById("project").textContent = (await answer.json()).project),
);
