// Hears a scanner wherever the focus is: a keyboard wedge's burst, or a serial scanner by IPC.
// It must never let a burst press a button or stay behind in another field, and never decides what was scanned.
import { onScanned } from "../../ipc/client";
import { isField } from "../keys";
import { Burst } from "./burst";

type Typed = HTMLInputElement | HTMLTextAreaElement;
const isTyped = (it: EventTarget | null): it is Typed => isField(it) && !(it instanceof HTMLSelectElement);

/** Calls `then` with each scan; returns the way to stop. */
export function listenForScans(then: (text: string) => void): () => void {
  const burst = new Burst();
  let before: { field: Typed; value: string } | null = null;

  const heard = (event: KeyboardEvent) => {
    if (event.isComposing || event.repeat || event.altKey || event.ctrlKey || event.metaKey) return;
    const it = burst.hear(event.key, event.timeStamp);
    if (it.kind === "first") {
      before = isTyped(event.target) ? { field: event.target, value: event.target.value } : null;
    } else if (it.kind === "running" && !isTyped(event.target)) {
      event.preventDefault();
    } else if (it.kind === "scan") {
      // In the scan field the field itself holds what was typed, also when a pause parted the burst.
      if (isTyped(event.target) && "scan" in event.target.dataset) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (before) putBack(before.field, before.value);
      then(it.text);
    }
  };
  window.addEventListener("keydown", heard, { capture: true });
  const stop = onScanned(then);
  return () => {
    window.removeEventListener("keydown", heard, { capture: true });
    stop();
  };
}

function putBack(field: Typed, value: string) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
