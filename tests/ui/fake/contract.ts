// The contract's types, and its commands as an interface, for the fakes to be held to.
import type { commands } from "../../../ui/src/ipc/bindings";

export type * from "../../../ui/src/ipc/bindings";
export type Commands = typeof commands;

type Answered<C extends keyof Commands> = Extract<Awaited<ReturnType<Commands[C]>>, { status: "ok" }>["data"];
/** What a fake answers to the commands it has: the contract's data, nothing else. */
export type Answers<C extends keyof Commands = keyof Commands> = { [K in C]: (args: never) => Answered<K> | Promise<Answered<K>> };
