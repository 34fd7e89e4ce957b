// npm run e2e: only the journeys through the real window; `npm run e2e -- pickup` runs those with
// "pickup" in the file's name.
import { cargo, features, isMain, nodeTests, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildUi } from "./ui.mjs";

/** With `--tests` the dependencies have the features they have in the tests: nothing is built twice. */
export const buildApp = () => cargo(["build", "--workspace", ...features, "--bins", "--tests"]);

/** One window at a time: they share the machine's cores. */
export const journeys = (watch, only) =>
  nodeTests("tests/e2e", { watch, only, options: ["--test-concurrency=1"] });

if (isMain(import.meta.url)) {
  await task(async () => {
    await setup("test");
    await buildUi();
    await buildApp();
    await journeys(undefined, process.argv[2]);
  });
}
