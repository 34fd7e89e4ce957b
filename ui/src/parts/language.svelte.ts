// The language on show. Messages read it through Paraglide, so markup that calls m.…() follows it
// without a reload. It remembers nothing.
import { overwriteGetLocale, type Locale } from "../paraglide/runtime";

let current = $state<Locale>("en");
overwriteGetLocale(() => current);

export type Language = Locale;

export const language = {
  get current() {
    return current;
  },
  set current(next: Language) {
    current = next;
    document.documentElement.lang = next;
  },
};
