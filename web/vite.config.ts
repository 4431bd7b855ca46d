import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

// Where `npm run dev` finds the project's configuration: the Hosting of a running local Firebase.
const hosting = process.env.BRUSHFIRE_HOSTING ?? "http://127.0.0.1:5000";

/**
 * What comes first: `beginning.ts`, for which the first paint waits where the browser knows how to. The page's own script,
 * and what that imports, are asked for as soon as index.html is read, but after what is painted before them.
 */
const order: Plugin = {
  name: "order",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle = {} }) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const main = chunks.find(({ moduleIds }) => moduleIds.some((id) => id.endsWith("/src/main.tsx")));
      const files = main ? [main.fileName, ...main.imports] : [];
      const tags = files
        .filter((file) => !chunks.some(({ fileName, isEntry }) => isEntry && fileName === file))
        .map((file) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${file}`, fetchpriority: "low" },
          injectTo: "head" as const,
        }));
      return { html: html.replace('<script type="module"', '<script type="module" blocking="render"'), tags };
    },
  },
};

interface Graph {
  getModuleInfo(id: string): { importedIds: readonly string[] } | null;
}

/** A module of `src/` with all that it imports, in whatever roundabout way. */
function neededFrom(root: string, graph: Graph): Set<string> {
  const found = new Set([fileURLToPath(new URL(`src/${root}`, import.meta.url))]);
  for (const id of found) for (const other of graph.getModuleInfo(id)?.importedIds ?? []) found.add(other);
  return found;
}

export default defineConfig({
  plugins: [order],
  resolve: { alias: { re2js: fileURLToPath(new URL("src/firebase/re2js.ts", import.meta.url)) } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 500,
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            // Packages change seldom: a browser keeps them from one release of the page to the next.
            { name: "packages", test: /re2js|node_modules(?!.*[\\/]storage[\\/])/ },
            // Of the page's own modules, those that it always needs: many small files take longer than one.
            {
              name: (id, graph) => {
                const always =
                  neededFrom("main.tsx", graph).has(id) && !neededFrom("beginning.ts", graph).has(id);
                return always ? "page" : null;
              },
            },
          ],
        },
      },
    },
  },
  server: { proxy: { "/__": hosting } },
  preview: { proxy: { "/__": hosting } },
});
