// npm run bench: the numbers of the design beside their physical floor, on an optimised build.
import { cargo, task } from "./lib.mjs";
import { setup } from "./setup.mjs";

await task(async () => {
  await setup("build");
  await cargo(["run", "--release", "-p", "stories", "--bin", "bench", "--", ...process.argv.slice(2)]);
});
