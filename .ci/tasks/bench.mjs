// npm run bench: the numbers of the design beside their physical floor, on an optimised build. An argument runs one
// part: `door`, `load`, `line`, `search`, `intake`, `restart` (after a kill), or `start` for the windows' start and
// memory. CUBBY_BENCH_PROFILE=debug takes the debug build of the app for the last two, which is there after the tests.
import { app, cargo, features, root, run, say, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildUi } from "./ui.mjs";

const part = process.argv[2];
const profile = process.env.CUBBY_BENCH_PROFILE ?? "release";

/** The program that ships, and whatever else of it is measured. */
async function buildApp(...more) {
  await setup("test");
  await buildUi();
  const optimised = profile === "release" ? ["--release"] : [];
  await cargo(["build", ...optimised, "-p", "cubby", ...features, "--bin", "cubby", ...more]);
}

/** In the real windows, which only Linux can start without a screen. */
async function windows() {
  if (process.platform !== "linux") return say("the windows' start and memory are measured on Linux only");
  await buildApp("--example", "empty_window");
  await run(process.execPath, ["tests/bench/startup.mjs"], { cwd: root });
}

await task(async () => {
  if (part !== "start") {
    await setup("build");
    if (!part || part === "restart") await buildApp();
    const env = { CUBBY_BENCH_APP: app(profile) };
    await cargo(["run", "--release", "-p", "stories", "--bin", "bench", "--", ...process.argv.slice(2)], { env });
  }
  if (!part || part === "start") await windows();
});
