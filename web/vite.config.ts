import { defineConfig } from "vite";

// Where `npm run dev` finds the project's configuration: the Hosting of a running local Firebase.
const hosting = process.env.BRUSHFIRE_HOSTING ?? "http://127.0.0.1:5000";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // One chunk is right: nothing of Firestore and Auth can wait. It weighs a third of its size when compressed.
  build: { target: "es2022", modulePreload: { polyfill: false }, chunkSizeWarningLimit: 700 },
  server: { proxy: { "/__": hosting } },
  preview: { proxy: { "/__": hosting } },
});
