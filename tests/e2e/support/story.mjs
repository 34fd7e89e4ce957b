// A story is a test with a world of its own: folder, screen, board, mail server, app. When it fails it
// leaves what a person needs to see why in test-results/e2e/.
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../../.ci/tasks/lib.mjs";
import { App, binary } from "./app.mjs";
import { Board } from "./board.mjs";
import { Desk } from "./desk.mjs";
import { Keyring } from "./keyring.mjs";
import { MailServer } from "./mail.mjs";
import { Node } from "./node.mjs";
import { Notices } from "./notices.mjs";
import { admin, siteFile } from "./site.mjs";

/** How much of two pictures differs, from 0 to 1. */
export function difference(one, other) {
  let count = 0;
  for (let at = 0; at < one.length; at += 4) if (one.readUInt32BE(at) !== other.readUInt32BE(at)) count += 4;
  return count / one.length;
}

const python = process.env.CUBBY_TEST_PYTHON ?? "python3";

/** `seconds` is how long it may take at most. */
export const story = (name, body, { seconds = 180 } = {}) =>
  test(name, { timeout: seconds * 1_000 }, async () => {
    const world = new World();
    try {
      await body(world);
    } catch (error) {
      await world.keep(name.replace(/\W+/g, "-").slice(0, 60));
      throw error;
    } finally {
      await world.close();
    }
  });

class World {
  #cleanups = [];
  #things = {};
  #display;
  folder = mkdtempSync(join(tmpdir(), "cubby-"));
  data = join(this.folder, "data");

  // Nothing of the developer's own desktop: neither settings nor session bus nor language.
  env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(WAYLAND|WEBKIT|DBUS|XDG|CUBBY|NODE)_/.test(name))),
    HOME: this.folder,
    LANG: "C.UTF-8",
    LANGUAGE: "en",
    TZ: "UTC",
    GDK_BACKEND: "x11",
    NO_AT_BRIDGE: "1",
    DBUS_SESSION_BUS_ADDRESS: "disabled:",
  };

  async board(options = {}) {
    const where = "tcp" in options ? {} : { link: join(this.folder, "board") };
    const board = await Board.start(python, { ...where, ...options });
    return this.#add("board", board, () => board.stop());
  }

  /** With a port: another one where one was. */
  async mailServer(port) {
    const mail = await MailServer.start(python, this.folder, port);
    return this.#add("mail", mail, () => mail.stop());
  }

  /** A desktop that shows notices; to be there before the app. */
  async notices() {
    await this.#screen();
    const notices = await Notices.start(this.env);
    this.env.DBUS_SESSION_BUS_ADDRESS = notices.bus;
    return this.#add("notices", notices, () => notices.stop());
  }

  /** An unlocked keyring, for everything started from here on. */
  async keyring() {
    const keyring = await Keyring.start(this.env);
    this.env.DBUS_SESSION_BUS_ADDRESS = keyring.bus;
    return this.#add("keyring", keyring, () => keyring.stop());
  }

  /** A window manager and hands on the keyboard; to be there before the app. */
  async desk() {
    await this.#screen();
    const desk = await Desk.start(python, this.env);
    return this.#add("desk", desk, () => desk.stop());
  }

  /** Run a command of the app, such as `apply` or `check`; gives what it printed. */
  async cubby(...args) {
    const { stdout } = await promisify(execFile)(binary, args, { env: this.env, cwd: this.folder });
    return stdout;
  }

  /** The same for a command that must refuse; gives code, output and error output. */
  async refused(...args) {
    return this.cubby(...args).then(
      (stdout) => { throw new Error(`cubby ${args.join(" ")} should have refused and said: ${stdout}`); },
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }

  /** Declare the site of site.mjs; gives what `apply` printed. */
  async site(options) {
    if (options.withAdmin) this.file("admin-password", admin.password);
    return this.cubby("apply", this.file("site.toml", siteFile(options)), "--data", this.data);
  }

  token = async (scope) => (await this.cubby("token", "create", "--scope", scope, "--data", this.data)).trim();

  /** Run the node without windows, again with the token it had. */
  async serve({ before, token } = {}) {
    token ??= this.#things.node?.token ?? (await this.token("admin"));
    const node = await Node.start(this.data, token, this.env, before);
    return this.#add("node", node, () => node.stop());
  }

  /** Run a few lines of Python, for what Node has no library. */
  async python(program, ...args) {
    const { stdout } = await promisify(execFile)(python, ["-c", program, ...args], { cwd: this.folder });
    return stdout;
  }

  /** Put a file into the world's folder; gives its path. */
  file(name, text) {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Start the app without a driver, as a double click does; gives its process. */
  async launch(...args) {
    await this.#screen();
    const app = spawn(binary, args, { env: this.env, stdio: ["ignore", "ignore", "pipe"] });
    this.#cleanups.push(() => app.kill("SIGKILL"));
    return app;
  }

  /** Open the app in its windows. */
  async open(...args) {
    await this.#screen();
    const app = await App.open(args, this.env);
    return this.#add("app", app, () => app.close());
  }

  /** What stands on the screen now, as pixels, whoever drew it: also without WebDriver, which dies with a page. */
  picture() {
    const dump = readFileSync(join(this.folder, "Xvfb_screen0")); // in the format of xwd
    return dump.subarray(dump.readUInt32BE(0) + dump.readUInt32BE(76) * 12);
  }

  /** What the failure report needs: the windows as they are now and everybody's log. */
  async keep(name) {
    const folder = join(root, "test-results/e2e", name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [thing, { log }] of Object.entries(this.#things)) {
      writeFileSync(join(folder, `${thing}.log`), typeof log === "function" ? log() : (log ?? ""));
    }
    for (const window of [this.#things.app?.kiosk, this.#things.app?.mailroom]) {
      const picture = await window?.screenshot().catch(() => undefined);
      if (picture) writeFileSync(join(folder, `${window.name}.png`), picture);
    }
    console.error(`what it looked like is in ${folder}`);
  }

  async close() {
    for (const cleanup of this.#cleanups.reverse()) await cleanup();
    // A page that has just ended may still write its last.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  #add(name, thing, cleanup) {
    this.#things[name] = thing;
    this.#cleanups.push(cleanup);
    return thing;
  }

  /** A screen nobody sees, wide enough for both windows; the server picks a free number. */
  async #screen() {
    if (this.#display) return;
    const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1920x1200x24", "-fbdir", this.folder, "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const number = await new Promise((done, fail) => {
      server.stdio[3].once("data", done);
      server.once("error", fail).once("exit", () => fail(new Error("Xvfb did not start")));
    });
    this.#display = `:${number.toString().trim()}`;
    this.env.DISPLAY = this.#display;
    this.#cleanups.push(() => server.kill());
  }
}
