// A real keyring: gnome-keyring's Secret Service on a session bus of its own, on which nothing else starts by itself.
import { execFile, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "./webdriver.mjs";

const config = (folder) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=${folder}</listen><policy context="default"><allow user="*"/><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`;

export class Keyring {
  #bus;
  #daemon;
  #env;

  static async start(env) {
    const keyring = new Keyring();
    const file = join(env.HOME, "bus.conf");
    writeFileSync(file, config(env.HOME));
    keyring.#bus = spawn("dbus-daemon", [`--config-file=${file}`, "--nofork", "--print-address=1"], { env, stdio: ["ignore", "pipe", "ignore"] });
    keyring.bus = (await new Promise((done) => keyring.#bus.stdout.once("data", done))).toString().trim();
    keyring.#env = { ...env, DBUS_SESSION_BUS_ADDRESS: keyring.bus, XDG_RUNTIME_DIR: env.HOME };
    await keyring.unlocked();
    return keyring;
  }

  /** As when a person has signed in. */
  unlocked = () => this.#run(["--unlock"], "a password");
  /** As when a machine signs in by itself: it is there, and nobody gave the password. */
  locked = () => this.#run([]);

  /** There is a bus, and nobody keeps secrets on it. */
  async gone() {
    if (!this.#daemon) return;
    const ended = new Promise((done) => this.#daemon.once("exit", done));
    this.#daemon.kill("SIGKILL");
    await ended;
    this.#daemon = undefined;
  }

  async stop() {
    await this.gone();
    this.#bus.kill();
  }

  async #run(how, password = "") {
    await this.gone();
    this.#daemon = spawn("gnome-keyring-daemon", ["--foreground", "--components=secrets", ...how], { env: this.#env, stdio: ["pipe", "ignore", "ignore"] });
    this.#daemon.stdin.end(password);
    const ask = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"];
    await until(async () => /true/.test((await promisify(execFile)("dbus-send", ask, { env: this.#env })).stdout), { what: "the keyring" });
  }
}
