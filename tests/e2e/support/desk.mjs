// A desk: a window manager, and hands on keyboard and mouse. For what a visitor does that WebDriver can't.
import { execFile, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { until } from "./webdriver.mjs";

const script = fileURLToPath(new URL("desk.py", import.meta.url));
const run = promisify(execFile);

/** What window managers usually do to a window when these keys are pressed. */
const bound = { "A-F4": "Close", "A-F9": "Iconify", "A-F10": "ToggleMaximize", "A-F11": "ToggleFullscreen", "A-F5": "UnmaximizeFull", "W-h": "Lower" };
const keys = `<?xml version="1.0"?><openbox_config xmlns="http://openbox.org/3.4/rc"><keyboard>${Object.entries(bound)
  .map(([key, action]) => `<keybind key="${key}"><action name="${action}"/></keybind>`).join("")}</keyboard></openbox_config>`;

export class Desk {
  #python;
  #env;
  #manager;

  static async start(python, env) {
    const desk = new Desk();
    desk.#python = python;
    desk.#env = env;
    const config = join(env.HOME, "openbox.xml");
    writeFileSync(config, keys);
    desk.#manager = spawn("openbox", ["--config-file", config], { env, stdio: "ignore" });
    await until(async () => /window id/.test(await desk.property("-root", "_NET_SUPPORTING_WM_CHECK")), { what: "the window manager" });
    return desk;
  }

  /** Pressed one after another, such as `ctrl+w`. */
  keys = (...keys) => this.#do("keys", ...keys);
  click = (x, y, button = 1) => this.#do("click", x, y, button);
  /** As a window manager asks a window: close, leave-full-screen, minimise. */
  ask = (title, what) => this.#do("ask", title, what);
  /** How many there are on the screen, menus and dialogs too. */
  windows = async () => Number(await this.#do("windows"));
  /** Does the window have the whole screen? */
  whole = async (title) => {
    const state = await this.property("-name", title, "_NET_WM_STATE");
    return /FULLSCREEN/.test(state) && !/HIDDEN/.test(state);
  };
  property = async (...of) => (await run("xprop", of, { env: this.#env }).catch(() => ({ stdout: "" }))).stdout;

  stop() {
    this.#manager.kill();
  }

  #do = async (...args) => (await run(this.#python, [script, ...args.map(String)], { env: this.#env })).stdout.trim();
}
