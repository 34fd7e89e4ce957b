// One act of a clerk: do it, say what came of it. For acts whose failure needs no place of its own on the page.
import { asFailure, type Failure } from "../ipc/client";
import { words } from "../ipc/failures";
import { say } from "../parts/toasts.svelte";

/** Resolves to null when it failed; the failure has been said then. */
export async function attempt<T>(act: Promise<T>, done?: string): Promise<{ value: T } | null> {
  try {
    const value = await act;
    if (done !== undefined) say(done);
    return { value };
  } catch (thrown) {
    sayFailure(asFailure(thrown));
    return null;
  }
}

export function sayFailure(failure: Failure): void {
  const { title, help } = words(failure.error);
  say(`${title}. ${help}`, "bad");
}
