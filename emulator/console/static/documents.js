// Collections, documents and fields, side by side and live.
import { crumbs, empty, h, link, list, listen, view, when } from "./elements.js";
import { field } from "./values.js";

const idOf = (name) => name.split("/").at(-1);

/** The view at a path: a collection where its segments are odd in number, else one of its documents. */
export function documentsView(segments) {
  const collection = segments.slice(0, segments.length - 1 + (segments.length % 2));
  const chosen = segments.length % 2 === 0 ? segments.at(-1) : undefined;
  const documents = new Map(); // by id
  const fresh = new Set(); // ids to be pointed out once
  const open = new Set(); // paths of fields that are unfolded
  let collections = {}; // ids by the path of what they are below
  let missing = []; // ids that only have collections below them
  let settled = false; // whether the first snapshot is here

  const columns = ["Collections", "Documents", "Fields"].map((title) =>
    h("section", { "aria-label": title }),
  );
  view.replaceChildren(crumbs("documents", "documents", segments), h("div", { class: "columns" }, columns));

  const collectionList = (base) =>
    list(
      (collections[base.join("/")] ?? []).map((id) => ({
        text: id,
        href: link("documents", [...base, id]),
        current: [...base, id].join("/") === collection.join("/"),
      })),
    );

  function collectionColumn() {
    const base = collection.slice(0, -1);
    return [
      h("h2", {}, "Collections"),
      collections[base.join("/")]?.length ? collectionList(base) : empty("No collection yet."),
    ];
  }

  function documentColumn() {
    if (!collection.length) return [h("h2", {}, "Documents"), empty("Choose a collection.")];
    const ids = [...new Set([...documents.keys(), ...missing])].sort();
    const entries = ids.map((id) => ({
      text: id,
      href: link("documents", [...collection, id]),
      current: id === chosen,
      missing: !documents.has(id),
      fresh: fresh.has(id),
    }));
    const title = h("h2", {}, "Documents ", h("span", { class: "count" }, String(ids.length)));
    return [title, ids.length ? list(entries) : empty(settled ? "No document yet." : "…")];
  }

  function fieldColumn() {
    const title = h("h2", {}, "Fields");
    if (chosen === undefined) return [title, empty("Choose a document.")];
    const below = collections[segments.join("/")]?.length
      ? [h("h3", {}, "Collections below"), collectionList(segments)]
      : [];
    const shown = documents.get(chosen);
    if (!shown) return [title, empty(settled ? "There is no document of this name." : "…"), ...below];
    const fields = Object.entries(shown.fields ?? {}).sort();
    return [
      title,
      h(
        "div",
        { class: "fields" },
        fields.length ? fields.map(([name, value]) => field(name, value, name, open)) : "No fields.",
      ),
      h("p", { class: "times" }, `Created ${when(shown.createTime)}, updated ${when(shown.updateTime)}`),
      ...below,
    ];
  }

  function show() {
    [collectionColumn(), documentColumn(), fieldColumn()].forEach((parts, i) =>
      columns[i].replaceChildren(...parts),
    );
    fresh.clear();
  }

  function take({ changed, removed }) {
    for (const found of changed) {
      documents.set(idOf(found.name), found);
      if (settled) fresh.add(idOf(found.name));
    }
    for (const name of removed) documents.delete(idOf(name));
    show();
  }

  show();
  return listen(`/api/documents?path=${encodeURIComponent(segments.join("/"))}`, {
    open: () => {
      documents.clear();
      settled = false;
    },
    missing: (ids) => {
      missing = ids;
    },
    documents: take,
    collections: (found) => {
      collections = found;
      settled = true;
      show();
    },
  });
}
