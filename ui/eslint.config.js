// The borders of the UI, kept by the linter: only ui/src/ipc speaks to Tauri, the two windows never
// import each other, the shared parts import neither, and no words stand in the markup.
import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const tauri = { group: ["@tauri-apps/*"], message: "Only ui/src/ipc speaks to Tauri: use ipc/client." };
const bindings = { group: ["**/ipc/bindings"], allowTypeImports: true, message: "Only types; calls go through ipc/client." };
const kiosk = { group: ["**/kiosk/**"], message: "The kiosk's code stays in the kiosk." };
const mailroom = { group: ["**/mailroom/**"], message: "Staff code never ships in the kiosk; parts serve both." };
const forbid = (...patterns) => ({ "@typescript-eslint/no-restricted-imports": ["error", { patterns }] });

export default ts.config(
  { ignores: ["ui/dist/**", "ui/src/paraglide/**", "ui/src/ipc/bindings.ts"] },
  js.configs.recommended,
  ts.configs.strict,
  svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      "no-undef": "off",
      "no-console": "error",
      eqeqeq: "error",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  {
    files: ["**/*.svelte"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "SvelteElement > SvelteText[value=/\\p{L}{2}/u]", message: "Words come from messages." },
        { selector: "SvelteAttribute[key.name=/^(aria-label|title|alt|placeholder)$/] > SvelteLiteral", message: "Words come from messages." },
        { selector: "SvelteAttribute[key.name='style']", message: "The CSP allows no style attributes: use a class or style: directives." },
      ],
    },
  },
  { files: ["ui/src/**"], ignores: ["ui/src/ipc/**", "ui/src/**/*.test.ts"], rules: forbid(tauri, bindings) },
  { files: ["ui/src/kiosk/**"], ignores: ["**/*.test.ts"], rules: forbid(tauri, bindings, mailroom) },
  { files: ["ui/src/mailroom/**"], ignores: ["**/*.test.ts"], rules: forbid(tauri, bindings, kiosk) },
  { files: ["ui/src/parts/**"], ignores: ["**/*.test.ts"], rules: forbid(tauri, bindings, kiosk, mailroom) },
);
