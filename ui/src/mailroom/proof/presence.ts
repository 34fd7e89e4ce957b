// Is somebody at the window? Tells Rust now and then, and closes the window when nobody was there for as long as the
// policy says. Rust counts for itself too: this only makes the screen say so at once.
const tellEvery = 10_000;

type Told = { here: () => void; away: () => void };

export function watchPresence(target: Window, minutes: number, told: Told, now: () => number = () => performance.now()): () => void {
  if (minutes === 0) return () => {};
  let seen = now();
  let said = -Infinity;
  const present = () => {
    seen = now();
    if (seen - said < tellEvery) return;
    said = seen;
    told.here();
  };
  const kinds = ["keydown", "pointerdown", "wheel"] as const;
  for (const kind of kinds) target.addEventListener(kind, present, { capture: true, passive: true });
  const beat = setInterval(() => {
    if (now() - seen > minutes * 60_000) told.away();
  }, 1000);
  return () => {
    clearInterval(beat);
    for (const kind of kinds) target.removeEventListener(kind, present, { capture: true });
  };
}
