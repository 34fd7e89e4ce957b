// npm start: from a fresh clone to the window, on a virtual bank.
import { join, relative } from "node:path";
import { app, cargo, features, root, run, say, target, task } from "./lib.mjs";
import { setup } from "./setup.mjs";
import { buildUi } from "./ui.mjs";

await task(async () => {
  const data = join(target, "demo");
  const display = process.platform !== "linux" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!display) say("there is no display here; building for running without windows");

  await setup("build");
  await buildUi();
  say("building the app; the first time takes some minutes");
  // The dev profile: a newcomer reaches the window in a fraction of the time a release build takes.
  await cargo(["build", "-p", "cubby", ...features]);

  if (display) {
    say(`opening the app on a virtual bank; what you do is kept in ${relative(root, data)}`);
    await run(app("debug"), ["--demo", "--data", data, ...process.argv.slice(2)]);
  } else {
    say("no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open. Without windows:");
    console.log(`\n  ${relative(root, app("debug"))} serve --demo --data ${relative(root, data)} --listen 127.0.0.1:8437\n`);
  }
});
