// A plain key that acts counts only when it is struck alone, so that a scanner's burst never presses anything.

const ALONE_MS = 60;

/** Calls `press` for a printable key that no other key followed or went before at a scanner's pace. */
export class LoneKey {
  #last = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #press: (() => void) | null = null;

  /** Every printable key is told; one that does nothing has no `press`. */
  struck(at: number, press: (() => void) | null): void {
    this.#drop();
    const crowded = at - this.#last < ALONE_MS;
    this.#last = at;
    if (crowded || press === null) return;
    this.#press = press;
    this.#timer = setTimeout(() => this.settle(), ALONE_MS);
  }

  /** A key that acts on what was struck, as Enter does, comes: what waits counts now. */
  settle(): void {
    const press = this.#press;
    this.#drop();
    press?.();
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#press = null;
  }
}
