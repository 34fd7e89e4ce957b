// npm run bench: the numbers of the design beside their physical floor, on an optimised build. An argument runs one
// part: `door`, `search`, `intake`, or `start` for the windows' start and memory.
import { cargo, features, root, run, say, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildUi } from "./ui.mjs";

const part = process.argv[2];

/** In the real windows, which only Linux can start without a screen. */
async function windows() {
  if (process.platform !== "linux") return say("the windows' start and memory are measured on Linux only");
  await setup("test");
  await buildUi();
  const profile = process.env.CUBBY_BENCH_PROFILE === "debug" ? [] : ["--release"];
  await cargo(["build", ...profile, "-p", "cubby", ...features, "--bin", "cubby", "--example", "empty_window"]);
  await run(process.execPath, ["tests/bench/startup.mjs"], { cwd: root });
}

await task(async () => {
  if (part !== "start") {
    await setup("build");
    await cargo(["run", "--release", "-p", "stories", "--bin", "bench", "--", ...process.argv.slice(2)]);
  }
  if (!part || part === "start") await windows();
});
