// How the page looks: the theme on the root element. "auto" follows the system.
// It remembers nothing: a window that wants to remember a choice does that itself.
export type Theme = "auto" | "light" | "dark" | "contrast";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const contrast = window.matchMedia("(prefers-contrast: more)");
let chosen = $state<Theme>("auto");

function show() {
  const system = contrast.matches ? "contrast" : dark.matches ? "dark" : "light";
  document.documentElement.dataset["theme"] = chosen === "auto" ? system : chosen;
}

dark.addEventListener("change", show);
contrast.addEventListener("change", show);
show();

export const appearance = {
  get theme() {
    return chosen;
  },
  set theme(theme: Theme) {
    chosen = theme;
    show();
  },
};
