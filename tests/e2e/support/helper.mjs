// A program beside the app: it says what happens in lines of JSON and takes orders a line at a time.
import { spawn } from "node:child_process";
import { until } from "./webdriver.mjs";

export class Helper {
  #child;
  #used = new Set();
  #errors = "";
  said = [];

  constructor(program, args, options = {}) {
    this.#child = spawn(program, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    let rest = "";
    this.#child.stdout.setEncoding("utf8").on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      this.said.push(...lines.filter(Boolean).map((line) => JSON.parse(line)));
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text) => { this.#errors += text; });
    // An order to a helper that is gone shows as the wait for its answer, with what it said last.
    this.#child.stdin.on("error", () => {});
  }

  /** The first thing said, and not returned before, for which `test` holds. */
  async next(test, what, seconds) {
    const found = await until(() => {
      if (this.#child.exitCode !== null) throw new Error(`the helper has ended: ${this.#errors}`);
      return this.said.find((line) => !this.#used.has(line) && test(line));
    }, { what, seconds });
    this.#used.add(found);
    return found;
  }

  /** What was said so far is not waited for any more. */
  forget() {
    this.said.forEach((line) => this.#used.add(line));
  }

  async order(line) {
    this.#child.stdin.write(`${line}\n`);
    await this.next(({ done }) => done === line, `"${line}" to be done`);
  }

  log = () => this.said.map((line) => JSON.stringify(line)).join("\n") + this.#errors;

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((done) => this.#child.once("exit", done));
    this.#child.kill("SIGKILL");
    await ended;
  }
}
