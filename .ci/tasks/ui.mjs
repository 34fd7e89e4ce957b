// The built UI. The shell embeds ui/dist when it is compiled, so this comes before any Rust build,
// and is left alone when nothing changed: a new dist/ would make Cargo build the shell again.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { npm, root, say } from "./lib.mjs";

export async function buildUi() {
  const built = join(root, "ui/dist");
  const sources = ["ui", "package-lock.json"].map((path) => join(root, path));
  const changed = sources.flatMap((path) => times(path, { skip: built, folders: true }));
  if (existsSync(built) && Math.min(...times(built, {})) > Math.max(...changed)) return say("the UI is up to date");
  await npm("ui:build");
}

/** When each file below a path last changed; a folder changes when a file in it is removed. */
function times(path, { skip, folders = false }) {
  if (path === skip) return [];
  const about = statSync(path);
  if (about.isFile()) return [about.mtimeMs];
  const inner = readdirSync(path).flatMap((name) => times(join(path, name), { skip, folders }));
  return folders ? [about.mtimeMs, ...inner] : inner;
}
