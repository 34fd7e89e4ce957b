// System calls of a running program that fail, or that kill it: strace puts the fault in, on the real process.
//
//     const fault = await Strace.on(node.pid, { inject: "fdatasync,fsync:error=EIO", path: wal });
//     …
//     fault.hits();          // the calls that were failed, one line each
//     await fault.stop();    // the program goes on without it
//
// From the start of a program on, with its calls counted (`when=N` counts per thread): `strace(inject, options)`
// gives the words to put before its command line.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { which } from "../../../.ci/tasks/lib.mjs";
import { until } from "./webdriver.mjs";

let number = 0;
const log = () => join(tmpdir(), `cubby-strace-${process.pid}-${(number += 1)}`);

/** The words before a command line: follows threads, says nothing itself, writes each call to `output`. */
export function strace(inject, { output = log(), path, calls } = {}) {
  const injections = [inject].flat();
  const traced = calls ?? injections.map((each) => each.split(":")[0]).join(",");
  return [
    "strace", "-f", "-qq", "-o", output, "-e", `trace=${traced}`, "-e", "signal=none",
    ...injections.flatMap((each) => ["-e", `inject=${each}`]),
    ...[path ?? []].flat().flatMap((each) => ["-P", each]),
  ];
}

export class Strace {
  #child;
  #output = log();
  #errors = "";

  /** Comes back when every thread of the process is held. `path` narrows it to a file, `calls` to what is written down;
   *  `present` leaves out threads that are yet to come, as `when=1` counts anew for each. */
  static async on(pid, { inject, path, calls, present = false }) {
    const fault = new Strace();
    const [program, ...args] = strace(inject, { output: fault.#output, path, calls });
    // Another user's process, or one that may not be traced: sudo where it needs no password.
    const admin = process.getuid() !== 0 && which("sudo") ? ["sudo", "-n"] : [];
    const dropped = present ? ["-qq", "-f"] : ["-qq"];
    const held = present ? threads(pid) : [pid];
    const words = [...admin, program, ...args.filter((word) => !dropped.includes(word)), ...held.flatMap((id) => ["-p", `${id}`])];
    fault.#child = spawn(words[0], words.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
    fault.#child.stderr.setEncoding("utf8").on("data", (text) => { fault.#errors += text; });
    await until(() => {
      // A fault that kills may have done so already.
      if (gone(pid) && [inject].flat().some((each) => each.includes("signal=KILL"))) return true;
      if (fault.#child.exitCode !== null) throw new Error(`strace has ended: ${fault.#errors}`);
      return threads(pid).every((thread) => tracer(pid, thread) !== "0");
    }, { what: "strace to hold every thread" });
    return fault;
  }

  /** Every call that was seen. */
  calls = () => readFileSync(this.#output, "utf8").split("\n").filter(Boolean);
  /** Those that were tampered with. */
  hits = () => this.calls().filter((line) => line.includes("(INJECTED)"));

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((done) => this.#child.once("exit", done));
    this.#child.kill("SIGINT");
    await ended;
  }
}

const status = (path) => {
  try { return readFileSync(path, "utf8"); } catch { return ""; }
};
const gone = (pid) => !/^State:\t[^ZX]/m.test(status(`/proc/${pid}/status`));
const threads = (pid) => {
  try { return readdirSync(`/proc/${pid}/task`); } catch { return []; }
};
const tracer = (pid, thread) => /^TracerPid:\t(\d+)/m.exec(status(`/proc/${pid}/task/${thread}/status`))?.[1] ?? "gone";
