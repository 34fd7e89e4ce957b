// The mailroom's keys: Alt and a letter anywhere, a plain digit where no field has focus.

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
