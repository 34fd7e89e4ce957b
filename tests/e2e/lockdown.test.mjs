// The kiosk's window as a visitor finds it, alone on its screen: real keys and a window manager, and a page that does
// not help any more, as one would be that somebody got something into.
import assert from "node:assert/strict";
import { story } from "./support/story.mjs";
import { room } from "./support/room.mjs";
import { until } from "./support/webdriver.mjs";

const title = "Cubby kiosk";

/** A kiosk alone on its screen, under a window manager. */
async function kioskAlone(world) {
  const { node } = await room(world, {}, {}, { withAdmin: true });
  await node.stop("SIGTERM");
  const desk = await world.desk();
  const app = await world.open("--data", world.data, "--role", "kiosk");
  await app.shown(1);
  await app.kiosk.see("Pick up your package");
  await until(() => desk.whole(title), { what: "the whole screen" });
  return { desk, app, kiosk: app.kiosk, pid: app.pid() };
}

/** What must be as it was, whatever the visitor did. */
const zoom = (kiosk) => kiosk.run(() => [devicePixelRatio, visualViewport.scale, innerWidth, location.href]);

story("no key leaves the kiosk, and no request to its window", async (world) => {
  const { desk, app, kiosk, pid } = await kioskAlone(world);
  const before = { zoom: await zoom(kiosk), windows: await desk.windows() };
  await kiosk.run(() => { window.stayed = true; });
  const boxes = () => kiosk.run(() => document.querySelector("[role=img][aria-label*='of 8 digits']").ariaLabel);

  const held = ["w", "q", "r", "p", "s", "o", "n", "t", "u", "f", "l", "plus", "minus", "0", "period", "Tab", "F4", "shift+i", "shift+c", "shift+d", "shift+r", "shift+u"];
  await desk.keys(
    ...["F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12", "Escape", "BackSpace", "Menu", "Print", "Delete", "Home", "shift+F10", "shift+Tab"],
    ...held.map((key) => `ctrl+${key}`),
    ...["Left", "Right", "Home", "d", "F4", "F5", "F9", "F10", "F11"].map((key) => `alt+${key}`),
  );
  await until(() => desk.whole(title), { what: "the whole screen after the window manager's keys" });
  // The window is whole before its page has the keyboard again.
  await until(() => kiosk.run(() => document.hasFocus()), { what: "the page to have the keyboard" });
  await desk.keys("7");
  await until(async () => /: 1 of 8/.test(await boxes()), { what: "the digit after them, and no other" });
  await kiosk.see("Pick up your package");
  assert.equal(await kiosk.run(() => window.stayed), true, "the page is the same");
  assert.deepEqual({ zoom: await zoom(kiosk), windows: await desk.windows() }, before);

  for (const what of ["close", "leave-full-screen", "minimise", "close"]) {
    await desk.ask(title, what);
    await until(() => desk.whole(title), { what: `the whole screen after ${what}` });
    await kiosk.see("Pick up your package");
  }
  assert.equal(app.pid(), pid);
  assert.equal(await kiosk.run(() => window.stayed), true);
});

story("a page that turned against the kiosk gets no menu, dialog, window, file or other page", async (world) => {
  const { desk, app, kiosk, pid } = await kioskAlone(world);
  const windows = await desk.windows();
  // Gone are the page's own guards: opening a document drops every listener.
  await kiosk.run(() => {
    document.open();
    document.write("<h1>Somebody's</h1><input type=file><select><option>one<option>two</select><textarea>mispeled wrds</textarea><a href=/mailroom.html>mailroom</a>");
    document.close();
  });
  const at = (css) => kiosk.run((css) => {
    const { x, y, width, height } = document.querySelector(css).getBoundingClientRect();
    return [x + width / 2, y + height / 2].map((n) => Math.round(n * devicePixelRatio));
  }, css);
  const press = async (css, button) => desk.click(...(await at(css)), button);
  const quiet = async (what) => {
    // A dialog or menu would take the key; what comes after it has been dealt with.
    await kiosk.run(() => { window.last = undefined; onkeydown = ({ key }) => { window.last = key; }; });
    await until(async () => { await desk.keys("9"); return kiosk.run(() => window.last === "9"); }, { what: `a key after ${what}` });
    assert.equal(await desk.windows(), windows, what);
  };

  for (const css of ["h1", "textarea", "a"]) {
    await press(css, 3);
    await quiet(`a menu on ${css}`);
  }
  await press("input");
  await quiet("a file chooser");
  await press("select");
  await quiet("a list");
  await press("a", 2);
  await quiet("a middle click");
  await press("a");
  await quiet("a link");
  const said = await kiosk.run(() => {
    print();
    alert("x");
    return [confirm("x"), prompt("x"), open("https://example.com/"), open("/mailroom.html"), Boolean(document.fullscreenEnabled)];
  });
  assert.deepEqual(said, [false, null, null, null, false]);
  await quiet("print, alert and open");
  for (const elsewhere of ["/mailroom.html", "https://example.com/", "file:///etc/passwd", "data:text/html,x", "about:blank"]) {
    await kiosk.run((url) => { location.href = url; }, elsewhere);
    await quiet(elsewhere);
    assert.match(await kiosk.run(() => location.href), /\/kiosk\.html$/, elsewhere);
  }
  await kiosk.run(() => {
    const link = document.querySelector("a");
    link.download = "x.txt";
    link.href = URL.createObjectURL(new Blob(["x"]));
    link.click();
  });
  await quiet("a download");
  await kiosk.run(() => { window.heard = []; addEventListener("keydown", ({ key }) => window.heard.push(key)); });
  await desk.keys("F12", "ctrl+shift+i", "ctrl+p", "ctrl+plus", "ctrl+r", "F11", "alt+Left", "shift+F10", "Menu", "5");
  await until(() => kiosk.run(() => window.heard.includes("5")), { what: "the key after them" });
  assert.deepEqual(await kiosk.run(() => window.heard.filter((key) => !/^(Control|Alt|Shift|5)/.test(key))), [], "such keys end at the window");
  await quiet("keys");
  assert.equal(await kiosk.run(() => document.querySelector("h1").textContent), "Somebody's", "nothing was loaded anew");
  assert.ok(await desk.whole(title));
  // Of what staff do it can call nothing.
  for (const command of ["receive", "packages", "sign_in", "plugin:window|close", "plugin:window|set_fullscreen", "plugin:webview|create_webview_window", "plugin:webview|internal_toggle_devtools", "plugin:webview|print", "plugin:path|resolve_directory"]) {
    assert.match(await kiosk.invoke(command), /not allowed|not found/i, command);
  }
  assert.equal(app.pid(), pid);
});
