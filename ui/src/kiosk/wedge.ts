// Badge readers and QR scanners that type. A burst of keys is one scan; slow keys are a person's.
// Pure: it is told each key and the time, and answers what they meant. Enter never presses anything.
export type Meant = { kind: "scan"; text: string } | { kind: "digit"; digit: string } | { kind: "rub" };

/** Keys closer together than this come from a machine (ms). */
export const machineGap = 60;
/** After this silence what was typed is over, also without an Enter (ms). */
export const silence = 120;
const leastWithEnter = 4;
const leastWithout = 6;

export class Wedge {
  #text = "";
  #last = -Infinity;

  /** True while a burst may still be going on: keys now are its own, not a person's. */
  during(at: number): boolean {
    return this.#text.length > 0 && at - this.#last <= machineGap;
  }

  key(key: string, at: number): Meant[] {
    const before = at - this.#last > machineGap ? this.#flush(leastWithout) : [];
    this.#last = at;
    if (key === "Enter") return [...before, ...this.#flush(leastWithEnter)];
    if (key === "Backspace") return [...before, ...this.#flush(leastWithout), { kind: "rub" }];
    if (key.length === 1) this.#text += key;
    return before;
  }

  /** Silence has come: whatever is held was meant. */
  settle(): Meant[] {
    return this.#flush(leastWithout);
  }

  #flush(least: number): Meant[] {
    const text = this.#text;
    this.#text = "";
    if (text.length >= least) return [{ kind: "scan", text }];
    return [...text].filter((char) => /[0-9]/.test(char)).map((digit) => ({ kind: "digit", digit }));
  }
}

/** Takes every key of the window before anything else can; Tab and a lone Space stay a keyboard user's. */
export function captureKeys(target: Window, then: (meant: Meant) => void): () => void {
  const wedge = new Wedge();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (all: Meant[]) => all.forEach(then);

  function down(event: KeyboardEvent) {
    const shortcut = event.ctrlKey || event.altKey || event.metaKey;
    const lone = !shortcut && !wedge.during(event.timeStamp);
    if (lone && (event.key === "Tab" || event.key === " ")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (shortcut || event.repeat) return;
    tell(wedge.key(event.key, event.timeStamp));
    clearTimeout(timer);
    timer = setTimeout(() => tell(wedge.settle()), silence);
  }

  target.addEventListener("keydown", down, { capture: true });
  return () => {
    clearTimeout(timer);
    target.removeEventListener("keydown", down, { capture: true });
  };
}
