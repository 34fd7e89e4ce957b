// A list that Rust gives page by page: what came so far, and the older part when asked. Kept true like `live`.
// It must never sort or filter: that is the database's.
import { asFailure, onChanged, type Failure, type Topic } from "../ipc/client";
import type { Page } from "../ipc/bindings";

export class Paged<T> {
  rows = $state.raw<T[]>([]);
  next = $state<string | null>(null);
  failure = $state.raw<Failure | null>(null);
  loading = $state(true);
  #ask: (after: string | null) => Promise<Page<T>>;
  #asked = 0;
  #pages = 1;

  constructor(ask: (after: string | null) => Promise<Page<T>>) {
    this.#ask = ask;
  }

  /** From the start, with one page. */
  restart = (): Promise<void> => {
    this.#pages = 1;
    return this.refresh();
  };

  /** As many pages as are on show, anew. */
  refresh = async (): Promise<void> => {
    const asked = ++this.#asked;
    const pages = this.#pages;
    try {
      let page = await this.#ask(null);
      const rows = [...page.rows];
      for (let at = 1; at < pages && page.next !== null; at++) {
        page = await this.#ask(page.next);
        rows.push(...page.rows);
      }
      if (asked === this.#asked) this.#show(rows, page.next);
    } catch (thrown) {
      if (asked === this.#asked) this.#fail(thrown);
    }
  };

  older = async (): Promise<void> => {
    if (this.next === null) return;
    const asked = ++this.#asked;
    try {
      const page = await this.#ask(this.next);
      if (asked !== this.#asked) return;
      this.#pages++;
      this.#show([...this.rows, ...page.rows], page.next);
    } catch (thrown) {
      if (asked === this.#asked) this.#fail(thrown);
    }
  };

  #show(rows: T[], next: string | null) {
    this.rows = rows;
    this.next = next;
    this.failure = null;
    this.loading = false;
  }

  #fail(thrown: unknown) {
    this.failure = asFailure(thrown);
    this.loading = false;
  }
}

/** Call it while a component is set up. `ask` makes the question anew from reactive values. */
export function paged<T>(ask: () => (after: string | null) => Promise<Page<T>>, topics: readonly Topic[]): Paged<T> {
  let question: (after: string | null) => Promise<Page<T>>;
  const it = new Paged<T>((after) => question(after));
  $effect(() => {
    question = ask();
    void it.restart();
  });
  $effect(() => onChanged(topics, () => void it.refresh()));
  return it;
}
