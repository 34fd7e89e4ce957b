// How long nobody has touched anything. It warns in the last seconds, once a second, then says idle, and
// goes on counting: each 30 s of silence is one idle. It clears nothing itself.
export const idleAfter = 30;
export const warnFor = 10;

type Told = { leaving: (seconds: number) => void; idle: () => void };

export function watchIdle(told: Told, now: () => number = () => performance.now()) {
  let since = now();

  const beat = setInterval(() => {
    const left = idleAfter - Math.floor((now() - since) / 1000);
    if (left <= 0) {
      since = now();
      told.idle();
    } else if (left <= warnFor) told.leaving(left);
  }, 1000);

  return {
    /** Somebody is there. */
    restart: () => {
      since = now();
    },
    stop: () => clearInterval(beat),
  };
}
