// Unit tests of the UI, in happy-dom. Messages are compiled before, by `npm run messages`:
// Paraglide's Vite plugin would keep the run alive after its end.
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  plugins: [svelte({ configFile: here("svelte.config.js") }), svelteTesting()],
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts", "messages/**/*.test.ts"],
    setupFiles: [here("src/vitest-setup.ts")],
  },
});
