// Theme and language as this machine's clerk last chose them. A convenience: losing it loses nothing.
import { appearance, type Theme } from "../parts/appearance.svelte";
import { language, type Language } from "../parts/language.svelte";

const THEME = "cubby.theme";
const LANGUAGE = "cubby.language";
export const THEMES: readonly Theme[] = ["auto", "light", "dark", "contrast"];
export const LANGUAGES: readonly Language[] = ["en", "es"];

export function recall(): void {
  const theme = localStorage.getItem(THEME) as Theme;
  if (THEMES.includes(theme)) appearance.theme = theme;
  const kept = localStorage.getItem(LANGUAGE) ?? navigator.language.slice(0, 2);
  language.current = LANGUAGES.find((one) => one === kept) ?? "en";
}

export function chooseTheme(theme: Theme): void {
  appearance.theme = theme;
  localStorage.setItem(THEME, theme);
}

export function chooseLanguage(next: Language): void {
  language.current = next;
  localStorage.setItem(LANGUAGE, next);
}
