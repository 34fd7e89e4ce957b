// Tells a scanner's burst of keys from a person's typing, by the gaps between keys.
// Pure: it is given keys and times. It must never touch the page or decide what a scan means.

/** A keyboard wedge leaves 1 to 20 ms between keys; the fastest hands leave about 60. */
const GAP_MS = 45;
/** Shorter than any tracking number or badge, longer than two keys struck together. */
const SHORTEST = 5;
/** More than the largest label code: what comes after it is noise, kept only so that its length can be told. */
const LONGEST = 8192;

export type Heard =
  | { kind: "other" }
  /** A printable key after a pause: perhaps typing, perhaps the first of a burst. */
  | { kind: "first" }
  /** A printable key close behind another. */
  | { kind: "running"; length: number }
  /** The key that ended a burst (Enter or Tab), and what was scanned. */
  | { kind: "scan"; text: string };

export class Burst {
  #text = "";
  #last = -Infinity;

  hear(key: string, at: number): Heard {
    const close = at - this.#last <= GAP_MS;
    if (key === "Enter" || key === "Tab") {
      const text = this.#text;
      this.#reset();
      return close && text.length >= SHORTEST ? { kind: "scan", text } : { kind: "other" };
    }
    if ([...key].length !== 1) return { kind: "other" };
    this.#last = at;
    if (!close) {
      this.#text = key;
      return { kind: "first" };
    }
    if (this.#text.length < LONGEST) this.#text += key;
    return { kind: "running", length: this.#text.length };
  }

  #reset() {
    this.#text = "";
    this.#last = -Infinity;
  }
}
