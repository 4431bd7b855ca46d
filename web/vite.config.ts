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
      const main = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith("/src/main.tsx"));
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
          groups: [
            // Packages change seldom: a browser keeps them from one release of the page to the next.
            { name: "packages", test: /node_modules(?!.*[\\/]storage[\\/])/ },
          ],
        },
      },
    },
  },
  server: { proxy: { "/__": hosting } },
  preview: { proxy: { "/__": hosting } },
});
