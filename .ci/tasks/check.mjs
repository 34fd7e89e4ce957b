// npm run check: what needs no test run. Quick enough to be the habit before a commit.
import { cargo, features, isMain, npm, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildUi } from "./ui.mjs";

export const format = () => cargo(["fmt", "--all", "--check"]);
export const lint = () =>
  cargo(["clippy", "--workspace", "--all-targets", ...features, "--", "-D", "warnings"]);

if (isMain(import.meta.url)) {
  await task(async () => {
    await setup("build");
    await format();
    await npm("ui:check");
    await buildUi();
    await lint();
    await cargo(["test", "--workspace", ...features, "bindings"]);
  });
}
