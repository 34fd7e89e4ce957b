// Builds the two windows as two entries that share chunks, for a page under a strict CSP:
// nothing inline, nothing remote. Messages are compiled before, by `npm run messages`.
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [svelte({ configFile: here("svelte.config.js") })],
  clearScreen: false,
  server: { port: 1420, strictPort: true, host: "127.0.0.1" },
  build: {
    outDir: here("dist"),
    emptyOutDir: true,
    // WebKitGTK 2.50 and WKWebView speak Safari's dialect, WebView2 speaks Chromium's.
    target: ["safari17", "chrome120"],
    assetsInlineLimit: 0,
    rollupOptions: { input: { kiosk: here("kiosk.html"), mailroom: here("mailroom.html") } },
  },
});
