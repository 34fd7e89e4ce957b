// What every task needs: where things are, how to run a program, how to say what is going on.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const exe = process.platform === "win32" ? ".exe" : "";
export const app = (profile) => join(target, profile, `cubby${exe}`);

/** The window serves the built UI only with this feature. Naming it everywhere, for the whole
 *  workspace, lets lints, tests and the app share what Cargo has already compiled. */
export const features = ["--features", "cubby/custom-protocol"];

export const say = (text) => console.log(`cubby: ${text}`);

/** A failure a person can act on: shown without a stack. */
export class Stop extends Error {}

/** The path of a program, or undefined. */
export function which(program) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const suffix of process.platform === "win32" ? [".exe", ".cmd", ""] : [""]) {
      const path = join(folder, program + suffix);
      if (folder && existsSync(path)) return path;
    }
  }
  return undefined;
}

/** What a program prints, or undefined when it is missing or fails. */
export function ask(program, ...args) {
  const done = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

const running = new Set();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = 130;
  });
}

/**
 * Run a program with its output shown. With `watch`, each line is also handed over on its way;
 * without, the program keeps the terminal and its colours.
 */
export function run(program, args, { cwd = root, env = {}, watch } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: watch ? ["inherit", "pipe", "pipe"] : "inherit",
      shell: process.platform === "win32" && program === "npm",
    });
    running.add(child);
    if (watch) {
      for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
        let rest = "";
        from.setEncoding("utf8").on("data", (text) => {
          to.write(text);
          const lines = (rest + text).split("\n");
          rest = lines.pop();
          lines.forEach(watch);
        });
        from.on("end", () => rest && watch(rest));
      }
    }
    child.on("error", (error) => fail(new Stop(`${program} could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      running.delete(child);
      if (code === 0) done();
      else fail(new Stop(`${[program, ...args].join(" ")} ended with ${signal ?? `status ${code}`}`));
    });
  });
}

export const npm = (script, options) => run("npm", ["run", "--silent", script], options);
export const cargo = (args, options) => run("cargo", args, options);

/** Run the tests of a folder. Files are named one by one: `node --test FOLDER` differs by version. */
export function nodeTests(folder, { only = "", options = [], watch } = {}) {
  const files = readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(".test.mjs") && name.includes(only))
    .sort()
    .map((name) => join(folder, name));
  if (files.length === 0) throw new Stop(`no tests in ${folder}`);
  return run(process.execPath, ["--test", "--test-reporter=spec", ...options, ...files], { watch });
}

/** Whether a module was started, rather than imported by another task. */
export const isMain = (url) => fileURLToPath(url) === realpathSync(process.argv[1]);

/** The body of a task: a `Stop` ends it with one clear line. */
export async function task(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(`\ncubby: ${error.message}`);
    process.exitCode ||= 1;
  }
}
