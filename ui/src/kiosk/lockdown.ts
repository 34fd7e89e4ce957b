// What the page itself can do so that a visitor has only the kiosk: no menus, no dragging in or out, no selecting,
// no clipboard, no zooming, no going back. The operating system and the window do the rest; keys are wedge.ts's.
const blocked = [
  "contextmenu", "auxclick", "selectstart",
  "dragstart", "dragenter", "dragover", "drop",
  "copy", "cut", "paste", "beforeinput", "submit",
  "gesturestart", "gesturechange", "gestureend",
] as const;

export function lockDown(target: Window): () => void {
  const block = (event: Event) => event.preventDefault();
  const pinch = (event: TouchEvent) => event.touches.length > 1 && event.preventDefault();
  const zoom = (event: WheelEvent) => event.ctrlKey && event.preventDefault();
  /** The buttons at a mouse's side go back and forward. */
  const side = (event: MouseEvent) => event.button > 0 && event.preventDefault();
  const letGo = () => (document.activeElement as HTMLElement | null)?.blur();
  const asFirst = { capture: true, passive: false } as const;

  for (const name of blocked) target.addEventListener(name, block, asFirst);
  for (const name of ["mousedown", "mouseup"] as const) target.addEventListener(name, side, asFirst);
  for (const name of ["touchstart", "touchmove"] as const) target.addEventListener(name, pinch, asFirst);
  target.addEventListener("wheel", zoom, asFirst);
  target.addEventListener("pointerup", letGo);
  return () => {
    for (const name of blocked) target.removeEventListener(name, block, asFirst);
    for (const name of ["mousedown", "mouseup"] as const) target.removeEventListener(name, side, asFirst);
    for (const name of ["touchstart", "touchmove"] as const) target.removeEventListener(name, pinch, asFirst);
    target.removeEventListener("wheel", zoom, asFirst);
    target.removeEventListener("pointerup", letGo);
  };
}
