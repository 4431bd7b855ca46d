// What every view is made of. Nothing is ever parsed as HTML: whatever comes from outside becomes text.

export const view = document.getElementById("view");
const state = document.getElementById("state");

/** An element. Children are elements or text. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const link = (view, segments) => `#/${[view, ...segments.map(encodeURIComponent)].join("/")}`;
export const when = (time) =>
  time ? new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" }) : "";
export const empty = (text) => h("p", { class: "empty" }, text);

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${"KMGT"[power - 1]}iB`;
}

/** Where one is: each part of the path leads back to itself. */
export function crumbs(name, root, segments) {
  const parts = segments.map((segment, i) => [
    h("span", {}, "/"),
    h("a", { href: link(name, segments.slice(0, i + 1)) }, segment),
  ]);
  return h(
    "nav",
    { class: "crumbs", "aria-label": "Path" },
    h("a", { href: link(name, []) }, root),
    parts.flat(),
  );
}

/** Names that lead somewhere. An entry is `{ text, href, current, missing, fresh }`. */
export function list(entries) {
  const rows = entries.map(({ text, href, current, missing, fresh }) =>
    h(
      "li",
      { class: fresh && "fresh" },
      h("a", { href, class: missing && "missing", "aria-current": current && "true" }, text),
    ),
  );
  return h("ul", { class: "list" }, rows);
}

export const table = (titles, rows) =>
  h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        titles.map((title) => h("th", { scope: "col" }, title)),
      ),
    ),
    h(
      "tbody",
      {},
      rows.map((row) =>
        h(
          "tr",
          {},
          row.map((cell) => h("td", {}, cell)),
        ),
      ),
    ),
  );

/** Follows a stream of the server. The browser connects again by itself after a restart. */
export function listen(address, handlers) {
  const source = new EventSource(address);
  source.addEventListener("open", () => ((state.textContent = ""), handlers.open?.()));
  source.addEventListener("error", () => (state.textContent = "The local Firebase doesn't answer."));
  source.addEventListener("problem", (event) => {
    view.replaceChildren(h("p", { class: "problem" }, JSON.parse(event.data)));
    source.close();
  });
  for (const [name, handle] of Object.entries(handlers)) {
    if (name !== "open") source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }
  return () => source.close();
}
