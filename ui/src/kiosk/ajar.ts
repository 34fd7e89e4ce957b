// How long doors stand open, counted from when this page learnt of each, and when the room has to hear it.
// It decides nothing about a door: what is open and what is not comes from the Rust side.
export const hintAfter = 15;
export const strongAfter = 60;
export const beepEvery = 10;

/** An open door; `seconds` when the Rust side says how long it has been so. */
export type OpenDoor = { id: string; seconds: number | null };

export class Ajar {
  #since = new Map<string, number>();
  #beeped = -Infinity;

  constructor(
    private beep: () => void,
    private now: () => number = () => performance.now(),
  ) {}

  /** The doors that stand open now. One that was shut and is open again counts anew. */
  learn(doors: OpenDoor[]): void {
    const known = this.#since;
    this.#since = new Map(
      doors.map(({ id, seconds }) => {
        const told = seconds === null ? this.now() : this.now() - seconds * 1000;
        return [id, Math.min(known.get(id) ?? told, told)];
      }),
    );
  }

  /** Seconds that the door open longest has been so. */
  get longest(): number {
    return this.#since.size === 0 ? 0 : Math.floor((this.now() - Math.min(...this.#since.values())) / 1000);
  }

  /** Time passes: beeps when it must, again and again until the doors are shut. */
  tick(): void {
    if (this.longest < strongAfter) this.#beeped = -Infinity;
    else if (this.now() - this.#beeped >= beepEvery * 1000) {
      this.#beeped = this.now();
      this.beep();
    }
  }
}
