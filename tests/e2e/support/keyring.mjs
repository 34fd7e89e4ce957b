// A real keyring: gnome-keyring's Secret Service on a session bus of its own.
import { spawn } from "node:child_process";

export class Keyring {
  #bus;
  #daemon;
  #env;

  static async start(env) {
    const keyring = new Keyring();
    keyring.#bus = spawn("dbus-daemon", ["--session", "--nofork", "--print-address=1"], { env, stdio: ["ignore", "pipe", "ignore"] });
    keyring.bus = (await new Promise((done) => keyring.#bus.stdout.once("data", done))).toString().trim();
    keyring.#env = { ...env, DBUS_SESSION_BUS_ADDRESS: keyring.bus, XDG_RUNTIME_DIR: env.HOME };
    await keyring.unlock();
    return keyring;
  }

  /** As a person does who signs in. */
  async unlock() {
    this.#daemon = spawn("gnome-keyring-daemon", ["--foreground", "--unlock", "--components=secrets"], { env: this.#env, stdio: ["pipe", "pipe", "ignore"] });
    this.#daemon.stdin.end("a password");
    // It says where it is once it is there.
    await new Promise((done, fail) => this.#daemon.stdout.once("data", done).once("end", () => fail(new Error("the keyring did not start"))));
  }

  /** As when nobody has signed in: there is a bus, and nobody keeps secrets on it. */
  async gone() {
    const ended = new Promise((done) => this.#daemon.once("exit", done));
    this.#daemon.kill("SIGKILL");
    await ended;
  }

  stop() {
    this.#daemon.kill("SIGKILL");
    this.#bus.kill();
  }
}
