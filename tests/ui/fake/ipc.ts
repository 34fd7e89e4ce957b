// How a fake backend stands in for the Rust side in a page: commands by their wire names, thrown errors as
// ApiErrors, `changed` events as the page hears them. Only tests load it.
import { emit } from "@tauri-apps/api/event";
import { mockIPC } from "@tauri-apps/api/mocks";
import type { ApiError, Changed } from "../../../ui/src/ipc/bindings";

export type Handlers = Record<string, (args: never) => unknown>;

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Thrown by a handler: reaches the page as the command's error. */
export const fail = (error: ApiError): never => {
  throw Object.assign(new Refused(), { error });
};
class Refused {
  error!: ApiError;
}

/** Answers commands from `handlers` (camelCase names), each after `delay()` ms. */
export function answerWith(handlers: Handlers, delay: () => number = () => 0): void {
  const byWire = new Map(Object.entries(handlers).map(([name, run]) => [snake(name), run]));
  mockIPC(
    async (command, args) => {
      const wait = delay();
      if (wait > 0) await new Promise((done) => setTimeout(done, wait));
      const run = byWire.get(command);
      if (!run) throw new Error(`the fake has no command ${command}`);
      try {
        return structuredClone(await run(args as never));
      } catch (thrown) {
        if (thrown instanceof Refused) throw structuredClone(thrown.error);
        throw thrown;
      }
    },
    { shouldMockEvents: true },
  );
}

export const changed = (...topics: Changed["topics"]): Promise<void> => emit("changed", { topics } satisfies Changed);
