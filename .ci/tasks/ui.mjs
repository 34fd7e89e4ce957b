// The built UI. The shell embeds ui/dist when it is compiled, so this comes before any Rust build,
// and is left alone when nothing changed: a new dist/ would make Cargo build the shell again.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { npm, root, say } from "./lib.mjs";

const made = ["dist", "node_modules"];

export async function buildUi() {
  const built = join(root, "ui/dist");
  const sources = [join(root, "ui"), join(root, "package-lock.json")];
  const changed = Math.max(...sources.flatMap((path) => times(path, true)));
  const whole = ["kiosk.html", "mailroom.html"].every((page) => existsSync(join(built, page)));
  if (whole && Math.min(...times(built, false)) > changed) return say("the UI is up to date");
  await npm("ui:build");
}

/** When each file below a path last changed; a folder changes when a file in it comes or goes. */
function times(path, folders) {
  const about = statSync(path);
  if (about.isFile()) return [about.mtimeMs];
  const inner = readdirSync(path)
    .filter((name) => !made.includes(name))
    .flatMap((name) => times(join(path, name), folders));
  return folders ? [about.mtimeMs, ...inner] : inner;
}
