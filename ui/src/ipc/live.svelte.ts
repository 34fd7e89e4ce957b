// live(query, topics): what a screen shows, kept true. It asks once, asks again when a topic changes or
// when reactive values the query reads change, and lets a late answer never overwrite a newer one.
import { asFailure, onChanged, type Failure, type Topic } from "./client";

let held = false;
let waiting: (() => void)[] = [];

/** While a window is locked nothing on show asks; when it opens, everything that would have asks once. */
export function hold(on: boolean): void {
  held = on;
  if (on) return;
  const due = waiting;
  waiting = [];
  for (const ask of due) ask();
}

export class Live<T> {
  data = $state.raw<T | undefined>();
  failure = $state.raw<Failure | undefined>();
  loading = $state(true);
  #query: () => Promise<T>;
  #asked = 0;

  constructor(query: () => Promise<T>) {
    this.#query = query;
  }

  /** Ask again now. */
  refresh = async (): Promise<void> => {
    if (held) {
      if (!waiting.includes(this.refresh)) waiting.push(this.refresh);
      return;
    }
    const ticket = ++this.#asked;
    const answer = this.#query();
    try {
      const data = await answer;
      if (ticket === this.#asked) this.#settle(data, undefined);
    } catch (thrown) {
      if (ticket === this.#asked) this.#settle(this.data, asFailure(thrown));
    }
  };

  /** Put in what a command has just answered, and ask again: a door may have moved since, and been shown already. */
  put(data: T): void {
    this.#settle(data, undefined);
    void this.refresh();
  }

  #settle(data: T | undefined, failure: Failure | undefined) {
    this.data = data;
    this.failure = failure;
    this.loading = false;
  }
}

/** Call it while a component is set up; it stops with the component. */
export function live<T>(query: () => Promise<T>, topics: readonly Topic[]): Live<T> {
  const it = new Live(query);
  $effect(() => {
    void it.refresh();
  });
  $effect(() => onChanged(topics, () => void it.refresh()));
  return it;
}
