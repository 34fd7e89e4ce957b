// Adds up what the test runners say themselves: cargo test, nextest, vitest and node --test.
import { stripVTControlCharacters } from "node:util";

const number = (pattern) => (line) => Number(pattern.exec(line)?.[1] ?? 0);
const runners = [
  // test result: ok. 12 passed; 0 failed; …
  { line: /^test result: /, passed: number(/(\d+) passed/), failed: number(/(\d+) failed/) },
  // Summary [ 1.2s] 40 tests run: 39 passed, 1 failed, 0 skipped
  { line: /^\s*Summary \[.*tests? run:/, passed: number(/(\d+) passed/), failed: number(/(\d+) failed/) },
  //       Tests  1 failed | 41 passed (42)
  { line: /^\s*Tests\s+\d+ \w+.*\(\d+\)/, passed: number(/(\d+) passed/), failed: number(/(\d+) failed/) },
  // ℹ pass 7
  { line: /^(?:ℹ|#) pass \d+/, passed: number(/pass (\d+)/), failed: () => 0 },
  { line: /^(?:ℹ|#) fail \d+/, passed: () => 0, failed: number(/fail (\d+)/) },
];

export class Tally {
  #steps = new Map();

  /** Start a step; returns what is to see each line of its output. */
  step(name) {
    const count = { passed: 0, failed: 0, heard: false };
    this.#steps.set(name, count);
    return (line) => {
      const plain = stripVTControlCharacters(line);
      for (const runner of runners.filter((runner) => runner.line.test(plain))) {
        count.passed += runner.passed(plain);
        count.failed += runner.failed(plain);
        count.heard = true;
      }
    };
  }

  /** The sum, or nothing when some step gave no numbers: half a sum would mislead. */
  toString() {
    const counts = [...this.#steps.values()];
    if (counts.length === 0 || counts.some(({ heard }) => !heard)) return "";
    const sum = (what) => counts.reduce((total, count) => total + count[what], 0);
    return `${sum("passed")} passed, ${sum("failed")} failed`;
  }
}
