// The mailroom's keys: Alt and a letter anywhere, a plain digit where no field has focus.
// A plain key counts only when it is struck alone, so that a scanner's burst never presses anything.

const ALONE_MS = 60;

/** Alt + the letter or digit printed on the key, whatever the layout types with it. */
export function altKey(event: KeyboardEvent): string | null {
  if (!event.altKey || event.ctrlKey || event.metaKey) return null;
  const found = /^(?:Key|Digit|Numpad)([A-Z0-9])$/u.exec(event.code);
  return found?.[1] ?? null;
}

export function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !/^(?:checkbox|radio|button|submit)$/u.test(target.type))
  );
}

/** Calls `press` for a printable key that no other key followed or went before at a scanner's pace. */
export class LoneKey {
  #last = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  struck(at: number, press: () => void): void {
    clearTimeout(this.#timer);
    const crowded = at - this.#last < ALONE_MS;
    this.#last = at;
    if (!crowded) this.#timer = setTimeout(press, ALONE_MS);
  }
}

/** Attaches Alt-keys to the window while a component lives. */
export function altKeys(keys: Record<string, () => void>): () => void {
  const heard = (event: KeyboardEvent) => {
    const key = altKey(event);
    const act = key === null ? undefined : keys[key];
    if (act === undefined || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    act();
  };
  window.addEventListener("keydown", heard);
  return () => window.removeEventListener("keydown", heard);
}
