import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

// Where `npm run dev` finds the project's configuration: the Hosting of a running local Firebase.
const hosting = process.env.BRUSHFIRE_HOSTING ?? "http://127.0.0.1:5000";

/**
 * The browser asks for the page's own script, and what that imports, as soon as it has read index.html; after what is
 * painted before there is any script.
 */
const askForMain: Plugin = {
  name: "ask-for-main",
  transformIndexHtml: {
    order: "post",
    handler(_, { bundle = {} }) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const main = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith("/src/main.tsx"));
      const files = main ? [main.fileName, ...main.imports] : [];
      return files
        .filter((file) => !chunks.some(({ fileName, isEntry }) => isEntry && fileName === file))
        .map((file) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${file}`, fetchpriority: "low" },
          injectTo: "head" as const,
        }));
    },
  },
};

export default defineConfig({
  plugins: [askForMain],
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
