// The page's pulse: it begins when what the page was told is drawn, and stops with the page. The shell makes
// a silent page anew, so this must never beat for a page that does not work, nor depend on being seen.
export const beatEvery = 2000;

/** Sends a pulse now, when the next frames are drawn, and then for as long as the page lives. */
export function beat(send: (hidden: boolean) => void): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const now = () => send(document.hidden);
  const begin = () => {
    if (timer !== undefined) return;
    now();
    timer = setInterval(now, beatEvery);
  };
  // Told at once: a hidden page draws nothing and is slowed down, and the shell must know why.
  const turned = () => (timer === undefined ? begin() : now());

  document.addEventListener("visibilitychange", turned);
  if (document.hidden) begin();
  else requestAnimationFrame(() => requestAnimationFrame(begin));
  return () => {
    document.removeEventListener("visibilitychange", turned);
    clearInterval(timer);
  };
}
