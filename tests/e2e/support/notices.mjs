// A session bus of our own with a notification daemon, to see what the desktop would show.
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { until } from "./webdriver.mjs";

export class Notices {
  #bus;
  #daemon;
  #env;

  static async start(env) {
    const notices = new Notices();
    notices.#bus = spawn("dbus-daemon", ["--session", "--nofork", "--print-address=1"], { env, stdio: ["ignore", "pipe", "ignore"] });
    notices.bus = (await new Promise((done) => notices.#bus.stdout.once("data", done))).toString().trim();
    notices.#env = { ...env, DBUS_SESSION_BUS_ADDRESS: notices.bus };
    notices.#daemon = spawn("dunst", { env: notices.#env, stdio: "ignore" });
    await until(() => notices.#ask("count"), { what: "the notification daemon" });
    return notices;
  }

  /** Wait for a notice whose title or text matches. Dunst gives texts only of those already closed. */
  shows = (pattern, seconds) =>
    until(async () => {
      await this.#ask("close-all");
      return (await this.#texts()).find((text) => pattern.test(text));
    }, { what: `a notice like ${pattern}`, seconds });

  async #texts() {
    const { data } = JSON.parse(await this.#ask("history"));
    return data[0].map(({ summary, body }) => `${summary.data}\n${body.data}`);
  }

  async #ask(...args) {
    const { stdout } = await promisify(execFile)("dunstctl", args, { env: this.#env });
    return stdout || " ";
  }

  stop() {
    this.#daemon.kill();
    this.#bus.kill();
  }
}
