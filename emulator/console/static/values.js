// The values of a document, each by its type.
import { h, link, when } from "./elements.js";

const SCALARS = {
  nullValue: () => "null",
  booleanValue: (value) => String(value),
  integerValue: (value) => value,
  doubleValue: (value) => String(value),
  stringValue: (value) => JSON.stringify(value),
  timestampValue: (value) => when(value),
  referenceValue: (value) => {
    const path = value.split("/documents/")[1] ?? value;
    return h("a", { href: link("documents", path.split("/")) }, path);
  },
  bytesValue: (value) => `${Math.floor((value.length * 3) / 4)} bytes: ${value.slice(0, 60)}`,
  geoPointValue: ({ latitude = 0, longitude = 0 }) => `${latitude}°, ${longitude}°`,
};

/** A field and its value, folded where it has parts. `open` are the paths that are unfolded. */
export function field(name, value, path, open) {
  const [kind, content] = Object.entries(value)[0] ?? ["nullValue", null];
  const parts =
    kind === "mapValue"
      ? Object.entries(content.fields ?? {}).sort()
      : kind === "arrayValue"
        ? (content.values ?? []).map((part, i) => [String(i), part])
        : null;
  const type = h("span", { class: "type" }, kind.replace("Value", ""));
  if (parts === null) {
    return h(
      "div",
      { class: "field" },
      h("span", { class: "name" }, name),
      h(
        "span",
        { class: `value ${kind}`, title: kind === "timestampValue" && content },
        SCALARS[kind]?.(content) ?? String(content),
      ),
      type,
    );
  }
  const details = h(
    "details",
    { class: "field", open: open.has(path) },
    h(
      "summary",
      {},
      h("span", { class: "name" }, name),
      h("span", { class: "value count" }, `${parts.length} ${parts.length === 1 ? "entry" : "entries"}`),
      type,
    ),
    parts.map(([key, part]) => field(key, part, `${path}/${key}`, open)),
  );
  details.addEventListener("toggle", () => (details.open ? open.add(path) : open.delete(path)));
  return details;
}
