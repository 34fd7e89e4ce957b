// One window of the app, used as a person does: by what stands on it.
import { key, until } from "./webdriver.mjs";

export class Window {
  #act;

  /** `act(body)` runs `body(session)` while this window is the session's current one. */
  constructor(name, act) {
    this.name = name;
    this.#act = act;
  }

  /** Wait until the window shows a text. */
  see = (text, seconds) =>
    this.#until(`"${text}" to show`, (session) => session.run(shows, pattern(text)), seconds);

  /** Wait until it doesn't. */
  gone = (text, seconds) =>
    this.#until(`"${text}" to go`, async (session) => !(await session.run(shows, pattern(text))), seconds);

  /** Press a button, link or tab by its name. */
  press = (name, seconds) =>
    this.#until(`a button "${name}"`, async (session) => {
      const control = await session.run(controlNamed, pattern(name, true));
      if (!control) return false;
      await session.click(control);
      return true;
    }, seconds);

  /** Fill in the field with that label; a choice takes the option's text. */
  fill = (label, text) =>
    this.#until(`a field "${label}"`, async (session) => {
      const field = await session.run(fieldNamed, pattern(label, true));
      if (!field) return false;
      if (await session.run(choose, field, text)) return true;
      await session.clear(field);
      await session.type(field, text);
      return true;
    });

  /** Keys that go wherever the window puts them, after the pause that any hand makes: without it they end a scan. */
  type = (text) => this.#act((session) => session.keys(text, 100));
  /** As a scanner types: at once, and Enter at the end. */
  scan = (text) => this.#act((session) => session.keys(text + key.enter));

  /** Wait for an element and give its text. */
  text = (selector, seconds) =>
    this.#until(selector, (session) => session.run((css) => document.querySelector(css)?.innerText, selector), seconds);

  /** What calling a command of the Rust side came to: "done", or why it was refused. */
  invoke = (command, args = {}) =>
    this.run(async (name, given) => {
      try {
        await window.__TAURI_INTERNALS__.invoke(name, given);
        return "done";
      } catch (error) {
        return typeof error === "string" ? error : JSON.stringify(error);
      }
    }, command, args);

  run = (body, ...args) => this.#act((session) => session.run(body, ...args));
  screenshot = () => this.#act((session) => session.screenshot());

  #until = (what, question, seconds) =>
    until(() => this.#act(question), { what: `${what} in the ${this.name} window`, seconds });
}

/** A text or regular expression as what a page can be sent. A name is meant whole, a text as a part. */
const pattern = (text, whole = false) => {
  if (text instanceof RegExp) return { source: text.source, flags: text.flags };
  const literal = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return { source: whole ? `^${literal}$` : literal, flags: "" };
};

// What follows runs in the page, so each function stands alone.

function shows({ source, flags }) {
  return new RegExp(source, flags).test(document.body.innerText.replace(/\s+/g, " "));
}

function controlNamed({ source, flags }) {
  // Without the key that stands beside it, which a reader is not told either.
  const text = (element) =>
    [...element.querySelectorAll("[aria-hidden=true]")].reduce((all, { innerText }) => (innerText ? all.replace(innerText, "") : all), element.innerText ?? "");
  const name = (element) => (element.getAttribute("aria-label") ?? text(element)).replace(/\s+/g, " ").trim();
  const usable = (element) => element.checkVisibility() && !element.disabled && element.ariaDisabled !== "true";
  const controls = "button, a[href], summary, [role=button], [role=tab], [role=option], [role=menuitem], [role=radio], label";
  return [...document.querySelectorAll(controls)].find(
    (element) => new RegExp(source, flags).test(name(element)) && usable(element),
  ) ?? null;
}

function fieldNamed({ source, flags }) {
  const names = (element) => [
    element.getAttribute("aria-label"), element.placeholder, ...[...(element.labels ?? [])].map((label) => label.innerText),
  ];
  return [...document.querySelectorAll("input, select, textarea")].find(
    (element) =>
      element.checkVisibility() && !element.disabled &&
      names(element).some((name) => name && new RegExp(source, flags).test(name.replace(/\s+/g, " ").trim())),
  ) ?? null;
}

function choose(element, text) {
  if (!(element instanceof HTMLSelectElement)) return false;
  element.value = [...element.options].find((option) => option.text.trim() === text).value;
  element.dispatchEvent(new Event("input", { bubbles: true }));
  element.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}
