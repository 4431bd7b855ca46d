// The views that are looked at as a whole: objects, operations, denials and functions.
import { crumbs, empty, h, link, list, listen, size, table, view, when } from "./elements.js";

export function objectsView([bucket = "", ...folders]) {
  const prefix = folders
    .filter(Boolean)
    .map((folder) => `${folder}/`)
    .join("");
  const address = (name) =>
    `/api/object?bucket=${encodeURIComponent(bucket)}&name=${encodeURIComponent(name)}`;
  function show({ buckets, prefixes, objects, more }) {
    const path = crumbs("objects", "buckets", [bucket, ...folders].filter(Boolean));
    if (!bucket) {
      const entries = buckets.map((name) => ({ text: name, href: link("objects", [name]) }));
      view.replaceChildren(
        path,
        h("section", {}, h("h2", {}, "Buckets"), entries.length ? list(entries) : empty("No bucket yet.")),
      );
      return;
    }
    const rows = [
      ...prefixes.map((name) => [
        h(
          "a",
          { href: link("objects", [bucket, ...name.split("/").filter(Boolean)]) },
          name.slice(prefix.length),
        ),
        "",
        "folder",
        "",
      ]),
      ...objects.map(({ name, size: bytes, type, updated }) => {
        const picture = /^image\/(png|jpeg|webp|gif|avif)$/.test(type ?? "")
          ? h("img", { src: address(name), alt: "", loading: "lazy", class: "thumb" })
          : null;
        return [
          h(
            "a",
            { href: address(name), target: "_blank", rel: "noopener" },
            picture,
            name.slice(prefix.length),
          ),
          size(bytes),
          type ?? "",
          when(updated),
        ];
      }),
    ];
    view.replaceChildren(
      path,
      h(
        "section",
        {},
        rows.length ? table(["Name", "Size", "Type", "Updated"], rows) : empty("Nothing is here."),
        more ? empty("There is more; choose a folder.") : null,
      ),
    );
  }
  return listen(`/api/objects?bucket=${encodeURIComponent(bucket)}&prefix=${encodeURIComponent(prefix)}`, {
    view: show,
  });
}

export function operationsView() {
  return listen("/api/operations", {
    view: ({ since, total, rows }) => {
      const figures = ["reads", "writes", "deletes"].map((kind) =>
        h("div", { class: "figure" }, h("strong", {}, total[kind].toLocaleString()), kind),
      );
      const sorted = rows.sort((a, b) => b.reads + b.writes + b.deletes - (a.reads + a.writes + a.deletes));
      view.replaceChildren(
        h(
          "section",
          {},
          h("h2", {}, "Billed operations"),
          h("div", { class: "figures" }, figures),
          h("p", { class: "times" }, `Since ${when(since)}, as Firestore's price list counts them`),
        ),
        h(
          "section",
          {},
          rows.length
            ? table(
                ["Client", "Collection", "Method", "Reads", "Writes", "Deletes"],
                sorted.map((row) => [
                  row.client,
                  row.collection,
                  row.method,
                  ...["reads", "writes", "deletes"].map((kind) => row[kind].toLocaleString()),
                ]),
              )
            : empty("Nothing was billed yet."),
        ),
      );
    },
  });
}

export function denialsView() {
  return listen("/api/denials", {
    view: ({ denials, problems, guarded }) => {
      const warnings = Object.entries(problems).map(([service, problem]) =>
        h("p", { class: "problem" }, `The rules of ${service} are kept as they were: ${problem}`),
      );
      const rows = denials.map((denial) =>
        h(
          "article",
          {},
          h(
            "p",
            { class: "what" },
            h("strong", {}, denial.method),
            " ",
            h("code", {}, denial.path),
            h("span", { class: "type" }, denial.service),
          ),
          denial.rule
            ? h(
                "p",
                { class: "rule" },
                h("span", { class: "line" }, String(denial.line)),
                h("code", {}, denial.rule),
              )
            : null,
          h("p", {}, denial.reason),
          h(
            "p",
            { class: "times" },
            `${when(denial.time)}, ${denial.uid === null ? "nobody signed in" : `user ${denial.uid}`}`,
          ),
        ),
      );
      const none = guarded.length
        ? "Nothing was denied yet."
        : "firebase.json names no rules: everybody may do everything.";
      view.replaceChildren(
        h(
          "section",
          { class: "denials" },
          h("h2", {}, "Denials"),
          warnings,
          rows.length ? rows : empty(none),
        ),
      );
    },
  });
}

export function functionsView() {
  const trigger = {
    http: (f) => f.url,
    callable: (f) => f.url,
    schedule: (f) => `${f.schedule} (${f.zone})`,
  };
  return listen("/api/functions", {
    view: ({ functions, problem }) => {
      const rows = functions.map((f) => [
        f.name,
        f.document ? `${f.trigger}: ${f.document}` : `${f.trigger}: ${trigger[f.trigger](f)}`,
        f.waiting ? `${f.waiting} waiting` : f.next ? `next ${when(f.next)}` : "",
        f.pid ? `process ${f.pid}` : "not started",
      ]);
      view.replaceChildren(
        h(
          "section",
          {},
          h("h2", {}, "Functions"),
          problem ? h("p", { class: "problem" }, problem) : null,
          rows.length
            ? table(["Name", "Trigger", "State", "Process"], rows)
            : empty("There are no functions."),
        ),
      );
    },
  });
}
