// npm run check: what needs no test run. Quick enough to be the habit before a commit.
import { pathToFileURL } from "node:url";
import { cargo, features, npm, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildUi } from "./ui.mjs";

export const format = () => cargo(["fmt", "--all", "--check"]);
export const lint = () =>
  cargo(["clippy", "--workspace", "--all-targets", ...features, "--", "-D", "warnings"]);

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await task(async () => {
    await setup("build");
    await format();
    await npm("ui:check");
    await buildUi();
    await lint();
    await cargo(["test", "--workspace", ...features, "bindings"]);
  });
}
