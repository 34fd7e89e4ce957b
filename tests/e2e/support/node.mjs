// A node without windows, used as an integrator does: over HTTP, with a token.
import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { binary } from "./app.mjs";
import { until } from "./webdriver.mjs";

export class Node {
  #child;
  said = "";
  log = "";

  /** Comes back when the node says that it is ready. `before` goes before its command line, such as strace's words. */
  static async start(data, token, env, before = []) {
    const node = new Node();
    node.token = token;
    const [program, ...args] = [...before, binary, "serve", "--data", data, "--listen", "127.0.0.1:0"];
    node.#child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    node.#child.stdout.setEncoding("utf8").on("data", (text) => { node.said += text; });
    node.#child.stderr.setEncoding("utf8").on("data", (text) => { node.log += text; });
    node.url = await until(() => {
      if (node.gone()) throw new Error(`it has ended: ${node.log}`);
      return /^cubby is ready on (http:\/\/\S+)\n/m.exec(node.said)?.[1];
    }, { what: "the node to be ready", seconds: 20 });
    return node;
  }

  /** Of the node itself, also when it runs under another program. */
  get pid() {
    let pid = this.#child.pid;
    while (readlinkSync(`/proc/${pid}/exe`) !== realpathSync(binary)) {
      pid = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
    }
    return pid;
  }

  /** Ask the API; gives status, headers and what the JSON says. */
  async ask(method, path, body, { token = this.token, headers = {} } = {}) {
    const answer = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { "content-type": "application/json" }), ...headers },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined };
  }

  /** Ask for what must succeed; gives what the JSON says. */
  async get(path) {
    const { status, body } = await this.ask("GET", path);
    assert.equal(status, 200, `GET ${path}: ${JSON.stringify(body)}`);
    return body;
  }
  async post(path, what, expected) {
    const { status, body } = await this.ask("POST", path, what);
    assert.equal(status, expected, `POST ${path}: ${JSON.stringify(body)}`);
    return body;
  }

  person = async (person) => (await this.post("/people", person, 201)).id;
  package = async (recipient, tracking_number, more = {}) =>
    (await this.post("/packages", { tracking_number, recipient_id: recipient, size: "S", handling: [], ...more }, 201)).id;
  deposit = async (id, compartment) =>
    (await this.post(`/packages/${id}/deposit`, compartment && { compartment }, 202)).opening;
  pickUp = async (credential) => (await this.post("/kiosk/pickups", credential, 202)).openings;

  /** Wait until an opening, or a package, is in a state. */
  opening = (id, state, seconds) => this.#comes(`/openings/${id}`, state, seconds);
  comes = (id, state, seconds) => this.#comes(`/packages/${id}`, state, seconds);
  #comes = (path, state, seconds = 10) => {
    let last;
    return until(async () => {
      const now = await this.get(path);
      if (now.state === state) return now;
      throw new Error((last = `it is ${now.state}`));
    }, { what: `${path} to be ${state}`, seconds });
  };

  compartment = async (label) => (await this.get("/compartments")).compartments.find((each) => each.label === label);
  /** Wait until every door is seen as `door`, or one of that label. */
  doors = (door, label) =>
    until(async () => (await this.get("/compartments")).compartments.every((each) => (label && each.label !== label) || each.door === door),
      { what: `${label ?? "all doors"} to be ${door}`, seconds: 15 });

  events = async (after = 0) => (await this.get(`/events?after=${after}`)).events;
  /** Wait for an event of a kind. */
  event = (kind, seconds) =>
    until(async () => (await this.events()).find((event) => event.kind === kind), { what: `the event ${kind}`, seconds });

  gone = () => this.#child.exitCode !== null || this.#child.signalCode !== null;
  /** End it; SIGKILL is the power failing. Gives its exit code. */
  async stop(signal = "SIGKILL") {
    if (!this.gone()) {
      const ended = new Promise((done) => this.#child.once("exit", done));
      // Its program is what ends: one around it, killed, would leave it running.
      process.kill(process.platform === "linux" ? this.pid : this.#child.pid, signal);
      await ended;
    }
    return this.#child.exitCode;
  }
}
