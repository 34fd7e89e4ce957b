// Words that were typed and not saved, by which notice they are for. They stay while one looks at another page, and go
// with the window.
import type { TemplateText } from "../../../ipc/bindings";

let typed = $state.raw<Readonly<Record<string, TemplateText>>>({});

export const drafts = {
  of: (id: string): TemplateText | null => typed[id] ?? null,
  put(id: string, text: TemplateText | null): void {
    const others = Object.entries(typed).filter(([other]) => other !== id);
    typed = Object.fromEntries(text === null ? others : [...others, [id, text]]);
  },
};
