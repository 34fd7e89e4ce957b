// The few WebDriver calls the journeys need, by the W3C protocol.
import { setTimeout as pause } from "node:timers/promises";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

export class Session {
  #base;

  /** Start the app through tauri-driver at `server`. */
  static async open(server, application, args) {
    const session = new Session();
    const options = { application, args };
    const { sessionId } = await call("POST", `${server}/session`, {
      capabilities: { alwaysMatch: { "tauri:options": options } },
    });
    session.#base = `${server}/session/${sessionId}`;
    return session;
  }

  windows = () => this.#get("/window/handles");
  use = (handle) => this.#post("/window", { handle });
  url = () => this.#get("/url");
  close = () => call("DELETE", this.#base);
  screenshot = async () => Buffer.from(await this.#get("/screenshot"), "base64");

  /** Run a function in the page. It gets its arguments as JSON and elements as elements. */
  run = (body, ...args) => this.#post("/execute/sync", { script: `return (${body})(...arguments)`, args });

  click = (element) => this.#post(`/element/${element[ELEMENT]}/click`, {});
  clear = (element) => this.#post(`/element/${element[ELEMENT]}/clear`, {});
  type = (element, text) => this.#post(`/element/${element[ELEMENT]}/value`, { text });

  /** Keys pressed without aiming at anything, as a person or a scanner does, so many milliseconds after what came before. */
  keys(text, after = 0) {
    const pressed = [...text].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]);
    const actions = [{ type: "pause", duration: after }, ...pressed];
    return this.#post("/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  #get = (path) => call("GET", this.#base + path);
  #post = (path, body) => call("POST", this.#base + path, body);
}

/** Keys that have no letter. */
export const key = { enter: "\uE007", escape: "\uE00C", tab: "\uE004", backspace: "\uE003" };

async function call(method, url, body) {
  const answer = await fetch(url, {
    method,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${new URL(url).pathname}: ${value.error} ${value.message}`);
  return value;
}

/** Ask again and again until `question` gives something; its last error says why it never did. */
export async function until(question, { seconds = 10, what = "an answer" } = {}) {
  const deadline = performance.now() + seconds * 1000;
  let why = "";
  do {
    try {
      const answer = await question();
      if (answer) return answer;
      why = "";
    } catch (error) {
      why = `: ${error.message}`;
    }
    await pause(50);
  } while (performance.now() < deadline);
  throw new Error(`waited ${seconds} s in vain for ${what}${why}`);
}
