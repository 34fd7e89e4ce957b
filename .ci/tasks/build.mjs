// npm run build: the release binary.
import { relative } from "node:path";
import { app, cargo, features, root, say, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildUi } from "./ui.mjs";

await task(async () => {
  await setup("build");
  await buildUi();
  await cargo(["build", "--release", "-p", "cubby", ...features]);
  say(`built ${relative(root, app("release"))}`);
});
