// The contract's types, and its commands as an interface, for the fakes to be held to.
import type { commands } from "../../../ui/src/ipc/bindings";

export type * from "../../../ui/src/ipc/bindings";
export type Commands = typeof commands;
