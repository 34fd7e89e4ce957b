// Seconds as they pass on the screen. The Rust side says how many are left when it answers; between two
// answers they are only counted here, and nothing is decided by them.
let passed = $state(0);
let since = performance.now();

export const seconds = {
  /** A new answer has come: its numbers count from now. */
  restart() {
    since = performance.now();
    passed = 0;
  },
  run(): () => void {
    const beat = setInterval(() => (passed = Math.floor((performance.now() - since) / 1000)), 250);
    return () => clearInterval(beat);
  },
  left: (given: number) => Math.max(0, given - passed),
  gone: (given: number) => given + passed,
};

export const minutes = (s: number) => `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
