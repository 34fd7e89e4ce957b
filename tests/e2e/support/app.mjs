// The real app in its real windows, on a screen of its own.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { app as built, target } from "../../../.ci/tasks/lib.mjs";
import { freePort } from "./ports.mjs";
import { Session, until } from "./webdriver.mjs";
import { Window } from "./window.mjs";

export const binary = process.env.CUBBY_APP ?? built("debug");
const driver = process.env.CUBBY_TAURI_DRIVER ?? join(target, "tools/bin/tauri-driver");

export class App {
  #driver;
  #program;
  #session;
  #handles = {};
  #turn = Promise.resolve();
  log = "";

  kiosk = new Window("kiosk", (body) => this.#act("kiosk", body));
  mailroom = new Window("mailroom", (body) => this.#act("mailroom", body));

  static async open(args, env, program = binary) {
    const app = new App();
    app.#program = program;
    const [port, native] = [await freePort(), await freePort()];
    // The app is a grandchild of tauri-driver: it gets this environment, and its output comes out here.
    app.#driver = spawn(driver, ["--port", `${port}`, "--native-port", `${native}`], { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [app.#driver.stdout, app.#driver.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => { app.log += text; });
    }
    const server = `http://127.0.0.1:${port}`;
    try {
      await until(async () => (await fetch(`${server}/status`)).ok, { what: "tauri-driver" });
      app.#session = await Session.open(server, program, args);
    } catch (error) {
      await app.close();
      error.message += `\n${app.log}`;
      throw error;
    }
    return app;
  }

  /** The names of the windows that are open. */
  windows = () => this.#inTurn(async () => Object.keys(await this.#find()).sort());

  /** The power fails: nothing is tidied up. */
  async kill() {
    const pid = this.pid();
    process.kill(pid, "SIGKILL");
    await until(() => !alive(pid), { what: "the app to be gone" });
    await this.#end(this.#driver);
  }

  /** The process of the app itself, found among the driver's descendants. */
  pid() {
    const parents = new Map(processes().map(({ pid, parent }) => [pid, parent]));
    const ours = (pid) => pid === this.#driver.pid || (parents.has(pid) && ours(parents.get(pid)));
    const found = [...parents.keys()].find((pid) => ours(pid) && program(pid) === realpathSync(this.#program));
    if (!found) throw new Error("the app is not running");
    return found;
  }

  /** The processes of the windows' pages, oldest first. */
  pages() {
    const app = this.pid();
    return processes().filter(({ pid, parent }) => parent === app && /WebKitWebProcess$/.test(program(pid) ?? "")).map(({ pid }) => pid).sort((a, b) => a - b);
  }

  /** Wait until the kiosk's page has been drawn for the nth time. */
  shown = (times, seconds = 30) =>
    until(() => this.log.split("the kiosk is shown").length > times, { what: `the kiosk to be drawn ${times} times`, seconds });

  /** Wait until the app, which was that process, has ended by itself. */
  async ended(pid, seconds = 30) {
    await until(() => !alive(pid), { what: "the app to end", seconds });
  }

  async close() {
    await this.#session?.close().catch(() => {});
    await this.#end(this.#driver);
  }

  #end(child) {
    if (child.exitCode !== null || child.signalCode !== null) return undefined;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill();
    return ended;
  }

  /** WebDriver has one current window, so whoever wants one waits for their turn. */
  #inTurn(body) {
    const result = this.#turn.then(body);
    this.#turn = result.catch(() => {});
    return result;
  }

  #act(name, body) {
    return this.#inTurn(async () => {
      this.#handles[name] ??= (await this.#find())[name];
      if (!this.#handles[name]) throw new Error(`there is no ${name} window`);
      try {
        await this.#session.use(this.#handles[name]);
      } catch (error) {
        delete this.#handles[name]; // the app may have made the window anew
        throw error;
      }
      return body(this.#session);
    });
  }

  async #find() {
    const found = {};
    for (const handle of await this.#session.windows()) {
      await this.#session.use(handle);
      const name = /(kiosk|mailroom)\.html/.exec(await this.#session.url())?.[1];
      if (name) found[name] = handle;
    }
    return found;
  }
}

const read = (path) => {
  try { return readFileSync(path, "utf8"); } catch { return ""; }
};
/** After the name in brackets a process's line gives its state and its parent. */
const stat = (pid) => /\) (\w) (\d+)/.exec(read(`/proc/${pid}/stat`));
const processes = () =>
  readdirSync("/proc").filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: Number(stat(name)?.[2]) }));
const threads = (pid) => {
  try { return readdirSync(`/proc/${pid}/task`).length; } catch { return 0; }
};
/** One that was killed holds its files until the last of its threads has ended, which may wait for the disk. */
const alive = (pid) => {
  const state = stat(pid)?.[1];
  return state !== undefined && (state !== "Z" || threads(pid) > 1);
};
const program = (pid) => {
  try { return realpathSync(`/proc/${pid}/exe`); } catch { return undefined; }
};
