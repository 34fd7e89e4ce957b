// npm run e2e: only the journeys through the real window; `npm run e2e -- pickup` runs those with
// "pickup" in the file's name.
import { cargo, features, run, task, testFiles } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildUi } from "./ui.mjs";

await task(async () => {
  const [name = ""] = process.argv.slice(2);
  await setup("test");
  await buildUi();
  await cargo(["build", "--workspace", ...features, "--bins", "--tests"]);
  const files = testFiles("tests/e2e").filter((file) => file.includes(name));
  await run(process.execPath, ["--test", "--test-reporter=spec", "--test-concurrency=1", ...files]);
});
