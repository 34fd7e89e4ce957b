// npm test: every test that a plain machine can run, the cheapest first; stops at the first failure.
// Lints, tests and the app are all built from the whole workspace with the same features, so that
// Cargo resolves one set of dependencies and compiles each of them once.
import { styleText } from "node:util";
import { format, lint } from "./check.mjs";
import { buildApp, journeys } from "./e2e.mjs";
import { cargo, features, nodeTests, npm, Stop, task, which } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { Tally } from "./tally.mjs";
import { buildUi } from "./ui.mjs";

const workspace = ["--workspace", ...features];
const nextest = which("cargo-nextest");

// A step with `counts` reports tests; the others pass or fail as a whole.
const steps = [
  { name: "UI build", run: buildUi },
  { name: "Rust format", run: format },
  { name: "UI types and lints", run: () => npm("ui:check") },
  { name: "UI tests", run: (watch) => npm("ui:test", { watch }), counts: true },
  { name: "Rust lints", run: lint },
  {
    name: "Rust tests",
    run: (watch) => cargo(nextest ? ["nextest", "run", ...workspace] : ["test", "--no-fail-fast", ...workspace], { watch }),
    counts: true,
  },
  { name: "UI journeys in a browser", run: (watch) => nodeTests("tests/ui", { watch }), counts: true },
  { name: "App build", run: buildApp },
  { name: "End to end in the real window", run: journeys, counts: true },
];

await task(async () => {
  const only = process.argv.slice(2);
  const wanted = steps.filter(({ name }) => only.length === 0 || only.includes(name));
  const tally = new Tally();
  const times = [];
  if (process.stdout.isTTY) {
    // What is watched is no terminal any more to the program that runs.
    process.env.CARGO_TERM_COLOR ??= "always";
    process.env.FORCE_COLOR ??= "1";
  }

  const timed = async (name, body) => {
    console.log(`\n${styleText("bold", `== ${name}`)}`);
    const start = performance.now();
    try {
      await body();
    } catch (error) {
      throw error instanceof Stop ? new Stop(`FAILED at “${name}”: ${error.message}\n${tally}`) : error;
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    times.push(`${seconds.padStart(8)} s  ${name}`);
    console.log(`== ${name}: ${seconds} s`);
  };

  await timed("Set-up", () => setup("test"));
  for (const step of wanted) {
    await timed(step.name, () => step.run(step.counts ? tally.step(step.name) : undefined));
  }
  console.log(`\n${times.join("\n")}\n\n${tally}`);
});
