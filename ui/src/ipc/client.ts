// The only door to the Rust side, with its generated bindings. Everything the UI asks goes through
// call(); everything it shows through live(). It never invents data: a failure is thrown, typed.
import { commands, events, type ApiError, type Changed } from "./bindings";

export type Topic = Changed["topics"][number];

/** What a call throws: the API's own error, whole. `words()` in failures.ts gives it words. */
export class Failure extends Error {
  constructor(readonly error: ApiError) {
    super(error.code);
    this.name = "Failure";
  }
}

type Answer<T> = { status: "ok"; data: T } | { status: "error"; error: ApiError };

/** Sees to an error before the caller hears of it, by asking the person; true: the call is worth repeating. */
export type Mender = (error: ApiError) => Promise<boolean>;
let mend: Mender = () => Promise.resolve(false);

/** The one place where a window answers "confirm first" and "locked". Returns the way to stop. */
export function mendWith(mender: Mender): () => void {
  mend = mender;
  return () => (mend = () => Promise.resolve(false));
}

/** `await call((c) => c.kioskEnterCode(code))`: the data, or a thrown Failure. */
export async function call<T>(ask: (api: typeof commands) => Promise<Answer<T>>): Promise<T> {
  for (;;) {
    let answer: Answer<T>;
    try {
      answer = await ask(commands);
    } catch (thrown) {
      throw new Failure({ code: "internal", incident: thrown instanceof Error ? thrown.name : "ipc" });
    }
    if (answer.status === "ok") return answer.data;
    if (!(await mend(answer.error))) throw new Failure(answer.error);
  }
}

/** What was thrown, as a Failure: anything else is a fault of ours. */
export function asFailure(thrown: unknown): Failure {
  return thrown instanceof Failure ? thrown : new Failure({ code: "internal", incident: "page" });
}

/** Calls back when one of the topics has changed; returns the way to stop. */
export function onChanged(topics: readonly Topic[], then: () => void): () => void {
  return listening((heard) => events.changed.listen(heard), (changed: Changed) => {
    if (changed.topics.some((topic) => topics.includes(topic))) then();
  });
}

/** Calls back with each read of a serial scanner; returns the way to stop. */
export function onScanned(then: (text: string) => void): () => void {
  return listening((heard) => events.scanned.listen(heard), (read: { text: string }) => then(read.text));
}

/** Calls back when a badge shown to the kiosk's own reader was refused; returns the way to stop. */
export function onBadgeRefused(then: () => void): () => void {
  return listening((heard) => events.badgeRefused.listen(heard), () => then());
}

/** Listening starts a moment later than asked; stopping earlier than that must hold too. */
function listening<P>(listen: (heard: (e: { payload: P }) => void) => Promise<() => void>, then: (payload: P) => void) {
  let stopped = false;
  const stop = listen((e) => {
    if (!stopped) then(e.payload);
  });
  return () => {
    stopped = true;
    void stop.then((unlisten) => unlisten());
  };
}

export { hold, live, type Live } from "./live.svelte";
