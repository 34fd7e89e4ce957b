// npm run proof: the long part of what every test run does briefly. Simulated days, a power cut at every write, a kill
// and an error at every system call, and a minute of fuzzing for each reader of foreign bytes. Prints its numbers.
// `npm run proof -- days`, `year`, `cuts`, `fuzz` or `sweep` runs one part; CUBBY_PROOF_SEEDS, CUBBY_PROOF_DAYS, CUBBY_PROOF_MINUTES,
// CUBBY_SWEEP and CUBBY_FUZZ_SECONDS say how much of it.
import { cargo, features, nodeTests, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildApp } from "./e2e.mjs";
import { buildUi } from "./ui.mjs";

const asked = (part) => !process.argv[2] || process.argv[2] === part;
const env = { CUBBY_PROOF_SEEDS: "600", CUBBY_PROOF_DAYS: "10", CUBBY_PROOF_EVERY: "1", CUBBY_YEAR_DAYS: "365", CUBBY_YEAR_PACKAGES: "200", CUBBY_FUZZ_SECONDS: "60", ...process.env };
/** Optimised: simulated time passes as fast as the machine computes. */
const simulated = (test) => cargo(["test", "--release", "-p", "stories", "--test", "proof", "--", "--nocapture", test], { env });

await task(async () => {
  await setup("test");
  if (asked("days")) await simulated("days_");
  if (asked("year")) await simulated("a_year_of_deadlines");
  if (asked("cuts")) await simulated("power_cuts");
  if (asked("fuzz")) await cargo(["test", "--workspace", ...features, "fuzz_"], { env });
  if (!asked("sweep")) return;
  await buildUi();
  await buildApp();
  process.env.CUBBY_SWEEP ??= "150";
  await nodeTests("tests/e2e", { only: "sweep", options: ["--test-concurrency=1"] });
});
