// npm run bindings: writes ui/src/ipc/bindings.ts anew. The test that otherwise compares it does the
// writing, so there is one generator.
import { cargo, features, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildUi } from "./ui.mjs";

await task(async () => {
  await setup("build");
  await buildUi();
  await cargo(["test", "--workspace", ...features, "bindings"], { env: { CUBBY_WRITE_BINDINGS: "1" } });
});
