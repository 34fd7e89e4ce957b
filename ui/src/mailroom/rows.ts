// Arrow keys through a list of links below a search field: down from the field, up and down among the rows.
import type { Attachment } from "svelte/attachments";

/** Rows are the elements marked `data-row`; the field is the one marked `data-first`. */
export const rows: Attachment<HTMLElement> = (list) => {
  const heard = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    if (event.target instanceof HTMLSelectElement || event.altKey) return;
    const all = [...list.querySelectorAll<HTMLElement>("[data-row]")];
    const at = all.indexOf(event.target as HTMLElement);
    const isFirst = event.target instanceof HTMLElement && event.target.matches("[data-first]");
    if (at < 0 && !isFirst) return;
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    if (next < 0) list.querySelector<HTMLElement>("[data-first]")?.focus();
    else all[next]?.focus();
  };
  list.addEventListener("keydown", heard);
  return () => list.removeEventListener("keydown", heard);
};
