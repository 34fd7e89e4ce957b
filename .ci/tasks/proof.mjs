// npm run proof: the long part of what every test run does briefly. Simulated days, a power cut at every write, a kill
// and an error at every system call, and a minute of fuzzing for each reader of foreign bytes. Prints its numbers.
import { cargo, features, nodeTests, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildApp } from "./e2e.mjs";
import { buildUi } from "./ui.mjs";

await task(async () => {
  await setup("test");
  await buildUi();
  await buildApp();
  const env = { CUBBY_PROOF_SEEDS: "300", CUBBY_PROOF_DAYS: "10", CUBBY_PROOF_EVERY: "1", CUBBY_FUZZ_SECONDS: "60", ...process.env };
  await cargo(["test", "--workspace", ...features, "--test", "proof", "--", "--nocapture"], { env });
  await cargo(["test", "--workspace", ...features, "fuzz_"], { env });
  process.env.CUBBY_SWEEP ??= "60";
  await nodeTests("tests/e2e", { only: "sweep", options: ["--test-concurrency=1"] });
});
