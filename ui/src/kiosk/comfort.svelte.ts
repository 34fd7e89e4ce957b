// How this person wants the kiosk: language, text size, theme, reach. Kept for one person only: forget()
// puts everything back, and nothing is ever stored.
import { appearance, type Theme } from "../parts/appearance.svelte";
import { language, type Language } from "../parts/language.svelte";

const sizes = [1, 1.2, 1.4] as const;
let size = $state(0);
let reach = $state(false);

export const comfort = {
  get textSize() {
    return sizes[size]!;
  },
  get reach() {
    return reach;
  },
  biggerText() {
    size = (size + 1) % sizes.length;
  },
  nextTheme() {
    const shown = document.documentElement.dataset["theme"] as Theme;
    appearance.theme = shown === "light" ? "dark" : shown === "dark" ? "contrast" : "light";
  },
  toggleReach() {
    reach = !reach;
  },
  forget(usual: Language) {
    size = 0;
    reach = false;
    appearance.theme = "auto";
    language.current = usual;
  },
};
