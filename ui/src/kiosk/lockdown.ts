// What the page itself can do so that a visitor has only the kiosk: no menus, no dragging, no selecting,
// no zooming. The operating system and the window do the rest; keys are wedge.ts's.
const blocked = ["contextmenu", "dragstart", "drop", "selectstart", "gesturestart", "gesturechange", "auxclick"] as const;

export function lockDown(target: Window): () => void {
  const block = (event: Event) => event.preventDefault();
  const pinch = (event: TouchEvent) => event.touches.length > 1 && event.preventDefault();
  const zoom = (event: WheelEvent) => event.ctrlKey && event.preventDefault();
  const letGo = () => (document.activeElement as HTMLElement | null)?.blur();

  for (const name of blocked) target.addEventListener(name, block);
  target.addEventListener("touchmove", pinch, { passive: false });
  target.addEventListener("wheel", zoom, { passive: false });
  target.addEventListener("pointerup", letGo);
  return () => {
    for (const name of blocked) target.removeEventListener(name, block);
    target.removeEventListener("touchmove", pinch);
    target.removeEventListener("wheel", zoom);
    target.removeEventListener("pointerup", letGo);
  };
}
