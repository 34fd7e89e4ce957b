// Arrow keys across a picture: the focus goes to the nearest button that way. Looks at places only, knows no banks.
import type { Attachment } from "svelte/attachments";

const WAYS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export type Spot = { x: number; y: number };

/** The index of the spot that lies most plainly in the way's direction, or null. */
export function towards(from: Spot, spots: readonly Spot[], [dx, dy]: readonly [number, number]): number | null {
  let best: number | null = null;
  let least = Infinity;
  spots.forEach((spot, at) => {
    const along = (spot.x - from.x) * dx + (spot.y - from.y) * dy;
    const aside = Math.abs((spot.x - from.x) * dy) + Math.abs((spot.y - from.y) * dx);
    const cost = along + 2 * aside;
    if (along > 1 && cost < least) [best, least] = [at, cost];
  });
  return best;
}

const middle = (element: Element): Spot => {
  const box = element.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};

export const arrows: Attachment<HTMLElement> = (picture) => {
  const heard = (event: KeyboardEvent) => {
    const way = WAYS[event.key];
    if (!way || !(event.target instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const buttons = [...picture.querySelectorAll("button")];
    const next = towards(middle(event.target), buttons.map(middle), way);
    if (next !== null) buttons[next]?.focus();
  };
  picture.addEventListener("keydown", heard);
  return () => picture.removeEventListener("keydown", heard);
};
