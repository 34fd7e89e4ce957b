// The kiosk in Chromium, from the built page and a fake Rust side: what people do, and that every screen is
// accessible, legible and within reach in each language, theme, shape and text size.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { sizes, stages, suit, type, wedge } from "./kiosk-stages.mjs";
import { aboveMiddle, axe, fake, launch, open, outOfPlace, serve, smallTargets } from "./support.mjs";

const leastTarget = 64;
let server, browser, script;

before(async () => {
  [server, browser, script] = await Promise.all([serve(), launch(), fake("kiosk")]);
});
after(async () => {
  await browser.close();
  await server.close();
});

/** Runs `walk` on a fresh kiosk and holds it to a page without faults. */
async function visit(shape, walk) {
  const page = await open(browser, { url: `${server.url}/kiosk.html`, script, ...sizes[shape], clock: true });
  try {
    await stages.welcome(page);
    await walk(page);
    assert.deepEqual(page.faults, []);
  } finally {
    await page.context().close();
  }
}

const shown = (page) => page.evaluate(() => ({ lang: document.documentElement.lang, theme: document.documentElement.dataset.theme }));
const heading = (page, text) => page.getByRole("heading", { level: 1, name: text }).waitFor();
const press = (page, name) => page.getByRole("button", { name }).first().click();
const world = (page, run) => page.evaluate(`(${run})(window.fake)`);
const boxes = (page) => page.getByRole("img", { name: /of 8 digits/ }).getAttribute("aria-label");

describe("a pickup", () => {
  it("goes from the code to the shut door, and opens again for a while", () =>
    visit("portrait", async (page) => {
      await type(page, "40718253");
      await heading(page, "Door A11 is open");
      await page.getByText("Bottom row, just left of the screen.").waitFor();
      await page.getByRole("img", { name: /A11/ }).waitFor();
      await world(page, (fake) => fake.shut("A11"));
      await heading(page, "Thank you. Door A11 is shut.");
      await page.clock.runFor(5000);
      await page.getByText("1:25 left").waitFor();
      await press(page, "Open A11 again");
      await heading(page, "Door A11 is open");
    }));

  it("leads through several doors, one at a time", () =>
    visit("landscape", async (page) => {
      await type(page, "55512345");
      await heading(page, "Door A08 is open");
      await page.getByText("A. G••••• · 3 packages").waitFor();
      for (const [shut, next] of [["A08", "Door B03 is open"], ["B03", "Door C02 is open"], ["C02", "Thank you. All doors are shut."]]) {
        await page.evaluate((label) => window.fake.shut(label), shut);
        await heading(page, next);
      }
    }));

  it("says truly that a door did not open, counts the tries, and ends at the parcel room", () =>
    visit("portrait", async (page) => {
      await world(page, (fake) => fake.next("jams"));
      await type(page, "40718253");
      for (const left of ["3 tries left", "2 tries left", "One try left"]) {
        await heading(page, "Door A11 didn't open");
        await page.getByText(left).waitFor();
        await press(page, "Try again");
      }
      await heading(page, "Door A11 won't open");
      assert.equal(await page.getByRole("button", { name: "Try again" }).count(), 0);
    }));

  it("asks the person's eyes when it can't tell", async () => {
    for (const [answer, then] of [["Yes, it is open", "Door A11 is open"], ["No, it is shut", "Door A11 didn't open"]]) {
      await visit("portrait", async (page) => {
        await stages.look(page);
        await press(page, answer);
        await heading(page, then);
      });
    }
  });

  it("says what waits at the counter, where no door opens", () =>
    visit("landscape", async (page) => {
      await stages.counter(page);
      await page.getByText("One package waits for you at the counter: B3").waitFor();
    }));

  it("says kindly that nothing is here, and thanks for nothing", () =>
    visit("landscape", async (page) => {
      await stages.nothing(page);
      assert.equal(await page.getByText("Thank you").count(), 0);
      await press(page, "I'm done");
      await heading(page, "Pick up your package");
      assert.deepEqual(await world(page, (fake) => fake.log.at(-1)), "end");
    }));

  it("reports what isn't there, calls help and comes back", () =>
    visit("landscape", async (page) => {
      await stages.open(page);
      await press(page, "Call for help");
      await heading(page, "Help has been called");
      await press(page, "Back");
      await press(page, "It isn't there");
      await heading(page, /noted/);
    }));

  it("asks ever more plainly to shut the door", () =>
    visit("portrait", async (page) => {
      await stages.open(page);
      for (let n = 0; n < 4; n++) {
        await page.clock.runFor(15_000);
        await page.mouse.click(540, 60);
        if (n === 0) await page.getByText("It has been open for a while.").waitFor();
      }
      await heading(page, "Door A11 is still open");
    }));
});

/** Counts what would be heard. */
const listen = () => {
  window.heard = 0;
  const nothing = { setValueAtTime() {}, linearRampToValueAtTime() {}, value: 0 };
  window.AudioContext = class {
    currentTime = 0;
    resume = async () => {};
    createGain = () => ({ gain: nothing, connect: (to) => to });
    createOscillator = () => ({ frequency: nothing, connect: (to) => to, start: () => (window.heard += 1), stop() {} });
  };
};
const heard = (page) => page.evaluate(() => window.heard);

describe("a door left open", () => {
  it("fault_21: is asked for after 15 s, is heard after 60 s and every 10 s, until it is shut", () =>
    visit("portrait", async (page) => {
      await page.evaluate(listen);
      await stages.closeDoor(page);
      const hint = page.getByText("It has been open for a while.");
      await page.clock.runFor(13_000);
      assert.equal(await hint.count(), 0);
      await page.clock.runFor(3_000);
      await hint.waitFor();
      await page.clock.runFor(41_000);
      assert.equal(await heard(page), 0);
      await page.clock.runFor(4_000);
      await heading(page, "Door A11 is still open");
      await page.getByText("The parcel room is told if it stays open.").waitFor();
      assert.equal(await heard(page), 2, "two tones");
      await page.clock.runFor(30_000);
      assert.equal(await heard(page), 8);
      await world(page, (fake) => fake.shut("A11"));
      await heading(page, "Pick up your package");
      await page.clock.runFor(60_000);
      assert.equal(await heard(page), 8);
    }));

  it("fault_21: is heard during a visit, too, and keeps the next person from nothing", () =>
    visit("portrait", async (page) => {
      await page.evaluate(listen);
      await stages.open(page);
      await world(page, (fake) => fake.ajar(61));
      await heading(page, "Door A11 is still open");
      await page.clock.runFor(1_000);
      assert.equal(await heard(page), 2);
      await page.clock.runFor(31_000);
      await heading(page, "Door A11 is still open");
      await press(page, "I'm here for my own package");
      await heading(page, "Pick up your package");
      await page.clock.runFor(10_000);
      assert.ok((await heard(page)) > 2, "the room still hears it");
    }));
});

describe("the page's pulse", () => {
  it("fault_40: begins when the page is drawn, goes on every two seconds and says whether somebody is there", () =>
    visit("portrait", async (page) => {
      const pulse = () => page.evaluate(() => window.fake.pulse.splice(0));
      await page.clock.runFor(1_000);
      assert.deepEqual((await pulse())[0], { hidden: false, busy: false });
      await page.clock.runFor(10_000);
      assert.equal((await pulse()).length, 5);
      await type(page, "407");
      await page.clock.runFor(2_000);
      // Typing takes its own time: an earlier beat may be among them.
      assert.deepEqual((await pulse()).at(-1), { hidden: false, busy: true });
    }));
});

describe("readers and scanners that type", () => {
  it("are heard as one scan, never as digits, and their Enter presses nothing", () =>
    visit("portrait", async (page) => {
      await page.getByRole("button", { name: "Call for help" }).focus();
      await wedge(page, "12345678");
      await page.getByRole("alert").waitFor();
      assert.match(await boxes(page), /^Your code: 0 of 8/);
      assert.deepEqual(await world(page, (fake) => fake.log), ["scan 12345678"]);
      await page.getByRole("button", { name: "Call for help" }).focus();
      await page.keyboard.press("Enter");
      await heading(page, "Pick up your package");
      await wedge(page, "BADGE-04A2B96C");
      await heading(page, "Door A11 is open");
    }));

  it("leave slow digit keys to the boxes", () =>
    visit("portrait", async (page) => {
      for (const digit of "407") {
        await page.keyboard.press(digit);
        await page.clock.runFor(200);
      }
      assert.match(await boxes(page), /3 of 8/);
      await page.keyboard.press("Backspace");
      assert.match(await boxes(page), /2 of 8/);
    }));
});

describe("what is refused", () => {
  it("reads the same for a wrong code and an unknown badge, and moves no key", () =>
    visit("portrait", async (page) => {
      const five = page.getByRole("button", { name: "5", exact: true });
      const place = await five.boundingBox();
      await type(page, "99999999");
      const said = await page.getByRole("alert").textContent();
      assert.deepEqual(await five.boundingBox(), place);
      await type(page, "1");
      await wedge(page, "UNKNOWN-BADGE");
      assert.equal(await page.getByRole("alert").textContent(), said);
    }));

  it("reads the same for a badge refused by the kiosk's own reader", () =>
    visit("portrait", async (page) => {
      await type(page, "99999999");
      const said = await page.getByRole("alert").textContent();
      await type(page, "407");
      await page.getByRole("alert").waitFor({ state: "detached" });
      await world(page, (fake) => fake.badgeRefused());
      await page.getByRole("alert").waitFor();
      assert.equal(await page.getByRole("alert").textContent(), said);
      assert.match(await boxes(page), /^Your code: 0 of 8/);
    }));

  it("locks the keypad with a live count, and never the badge", () =>
    visit("landscape", async (page) => {
      for (let n = 0; n < 6; n++) {
        await type(page, "99999999");
        await page.waitForFunction((n) => n === 5 || document.querySelector("[role=alert]"), n);
      }
      await page.getByText("Too many tries").waitFor();
      await page.clock.runFor(4000);
      await page.getByText("0:26").waitFor();
      assert.equal(await page.getByRole("button", { name: "5", exact: true }).count(), 0);
      await wedge(page, "BADGE-04A2B96C");
      await heading(page, "Door A11 is open");
    }));
});

describe("when nobody touches it", () => {
  it("forgets digits, language, theme, text size and reach", () =>
    visit("portrait", async (page) => {
      await suit(page, { language: "es", theme: "dark", text: 1, reach: true });
      assert.deepEqual(await shown(page), { lang: "es", theme: "dark" });
      await type(page, "407");
      await page.clock.runFor(31_000);
      await heading(page, "Pick up your package");
      assert.match(await boxes(page), /^Your code: 0 of 8/);
      assert.deepEqual(await shown(page), { lang: "en", theme: "light" });
      assert.equal(await page.locator(".reach").count(), 0);
    }));

  it("warns, stays for a touch, then ends the visit but forgets no open door", () =>
    visit("portrait", async (page) => {
      await stages.leaving(page);
      await press(page, "I'm still here");
      await page.getByRole("alertdialog").waitFor({ state: "detached" });
      await page.clock.runFor(31_000);
      await heading(page, "Please close door A11");
      assert.deepEqual(await world(page, (fake) => fake.log), ["end"]);
      assert.doesNotMatch(await page.locator("body").innerText(), /A\. G/);
      await world(page, (fake) => fake.shut("A11"));
      await heading(page, "Pick up your package");
    }));
});

describe("a staff visit", () => {
  it("deposits by touch and by label, one after another", () =>
    visit("portrait", async (page) => {
      await stages.stored(page);
      assert.equal(await page.getByRole("button", { name: /Priya Nair/ }).count(), 0);
      await wedge(page, "TBA305881220144");
      await heading(page, "Put it in A09");
      await press(page, "Cancel this deposit");
      await heading(page, "Deposit a package");
      await press(page, "I'm done");
      await heading(page, "Pick up your package");
    }));

  it("asks for the PIN after the badge, says when it is wrong, and lets staff fetch what is theirs", () =>
    visit("portrait", async (page) => {
      await stages.pinWrong(page);
      await page.getByText("That PIN isn't right").waitFor();
      await press(page, "Fetch my own packages");
      await heading(page, "Door A11 is open");
    }));

  it("opens one door after another while a finger is on the button, and none once it is lifted", () =>
    visit("portrait", async (page) => {
      await stages.everything(page);
      const opened = () => world(page, (fake) => fake.log.filter((line) => line.startsWith("next ")));
      assert.deepEqual(await opened(), [], "nothing opens by itself");
      const { x, y, width, height } = await page.getByRole("button", { name: "Hold to open" }).boundingBox();
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.down();
      await heading(page, "1 of 22 doors open");
      await page.clock.runFor(750);
      await heading(page, "2 of 22 doors open");
      await page.clock.runFor(750);
      await heading(page, "3 of 22 doors open");
      await page.mouse.up();
      await page.clock.runFor(5_000);
      assert.deepEqual(await opened(), ["next A01", "next A02", "next A03"]);
      await page.mouse.down();
      while ((await opened()).length < 22) await page.clock.runFor(750);
      await heading(page, "That was every door");
      await page.mouse.up();
      await press(page, "I'm done");
      await heading(page, "Deposit a package");
    }));

  it("keeps an open door from being left for a bigger one, and says so", () =>
    visit("landscape", async (page) => {
      await stages.depositOpen(page);
      await press(page, /bigger one/);
      await page.getByRole("alert").getByText("A door is still open").waitFor();
    }));
});

describe("locked down", () => {
  /** Which of these events, sent to the page as a browser does, it lets the browser go on with. */
  const letThrough = (page, events) =>
    page.evaluate((events) =>
      events.filter(({ kind = "Event", name, ...more }) =>
        document.querySelector("button").dispatchEvent(new window[kind](name, { bubbles: true, cancelable: true, ...more })),
      ).map(({ name, key, button }) => [name, key ?? button].join(" ").trim()), events);

  it("has no menu, no selection, no clipboard, no dragging in or out, and nothing to type into", () =>
    visit("portrait", async (page) => {
      const names = ["contextmenu", "auxclick", "selectstart", "dragstart", "dragenter", "dragover", "drop", "copy", "cut", "paste", "beforeinput", "submit"];
      assert.deepEqual(await letThrough(page, names.map((name) => ({ name }))), []);
      const sides = [1, 2, 3, 4].flatMap((button) => [{ kind: "MouseEvent", name: "mousedown", button }, { kind: "MouseEvent", name: "mouseup", button }]);
      assert.deepEqual(await letThrough(page, sides), []);
      // By hand: a double click and select all mark nothing, nothing is editable, no link leads away.
      await page.getByRole("heading", { level: 1 }).dblclick();
      await page.keyboard.press("Control+a");
      assert.equal(await page.evaluate(() => String(getSelection())), "");
      for (const [stage, bring] of Object.entries(stages)) {
        if (!["welcome", "help", "lostCode"].includes(stage)) continue;
        await bring(page);
        assert.equal(await page.locator("input, textarea, select, a, iframe, object, embed, video, form, [contenteditable], [draggable=true]").count(), 0, stage);
        if (stage !== "welcome") await press(page, "Back");
      }
    }));

  it("does not zoom, with wheel, keys or fingers", () =>
    visit("portrait", async (page) => {
      const scale = () => page.evaluate(() => [devicePixelRatio, visualViewport.scale, innerWidth]);
      const before = await scale();
      await page.keyboard.down("Control");
      await page.mouse.wheel(0, -400);
      await page.keyboard.up("Control");
      for (const key of ["Equal", "NumpadAdd", "Minus", "0"]) await page.keyboard.press(`Control+${key}`);
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setTouchEmulationEnabled", { enabled: true, maxTouchPoints: 2 });
      await session.send("Input.synthesizePinchGesture", { x: 400, y: 900, scaleFactor: 3 });
      assert.deepEqual(await scale(), before);
    }));

  it("takes every key that would leave, print, find, save, reload, go back or open tools, and none of them is a digit", () =>
    visit("portrait", async (page) => {
      const control = ["w", "q", "r", "p", "s", "o", "n", "t", "u", "f", "g", "l", "j", "h", "d", "a", "c", "v", "x", "z", "+", "-", "0", "1", "5", "Tab", "F4", "F5"];
      const keys = [
        ...["F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12", "Escape", "Backspace", "ContextMenu", "BrowserBack", "BrowserForward", "BrowserRefresh", "PrintScreen", "Delete", "Home", "End", "PageUp", "PageDown", "ArrowDown"].map((key) => ({ key })),
        ...control.map((key) => ({ key, ctrlKey: true })),
        ...control.map((key) => ({ key, metaKey: true })),
        ...["i", "c", "j", "t", "n", "r", "Delete", "Tab"].map((key) => ({ key, ctrlKey: true, shiftKey: true })),
        ...["F4", "ArrowLeft", "ArrowRight", "Home", "d", "f", " "].map((key) => ({ key, altKey: true })),
      ].map((key) => ({ kind: "KeyboardEvent", name: "keydown", ...key }));
      assert.deepEqual(await letThrough(page, keys), []);
      await page.clock.runFor(1_000);
      assert.match(await boxes(page), /^Your code: 0 of 8/);
      // And by hand, in a browser that has all these: it stays where it is.
      const here = page.url();
      const pages = page.context().pages().length;
      await page.evaluate(() => { window.stayed = true; });
      for (const keys of ["F5", "Control+r", "Control+Shift+r", "Alt+ArrowLeft", "Backspace", "Control+p", "Control+n", "Control+t", "Control+w", "F11", "Escape", "F12", "Control+Shift+I"]) await page.keyboard.press(keys);
      assert.deepEqual([page.url(), page.context().pages().length, await page.evaluate(() => [window.stayed, document.fullscreenElement])], [here, pages, [true, null]]);
    }));

  it("takes nothing that is dropped on it", () =>
    visit("portrait", async (page) => {
      const session = await page.context().newCDPSession(page);
      const data = { items: [{ mimeType: "text/uri-list", data: "https://example.com/" }], dragOperationsMask: 1 };
      for (const type of ["dragEnter", "dragOver", "drop"]) await session.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
      await page.clock.runFor(500);
      await heading(page, "Pick up your package");
    }));
});

describe("every screen", { concurrency: 2 }, () => {
  for (const [stage, bring] of Object.entries(stages)) {
    for (const shape of Object.keys(sizes)) {
      it(`${stage}, ${shape}`, () =>
        visit(shape, async (page) => {
          await bring(page);
          /** As pressed, also where a dialog lies over it. */
          const tool = (name) => page.evaluate((name) => [...document.querySelectorAll(".tool")].find((one) => one.ariaLabel.match(name)).click(), name);
          const wrong = [];
          const note = (how, found) => wrong.push(...found.map((one) => `${how}: ${one}`));
          const hold = async (how) => note(how, [...(await smallTargets(page, leastTarget)), ...(await outOfPlace(page))]);
          for (const language of ["en", "es"]) {
            for (const theme of ["light", "dark", "contrast"]) {
              assert.deepEqual(await shown(page), { lang: language, theme });
              note(`${language}, ${theme}`, await axe(page));
              await tool("contrast|contraste");
            }
            await hold(language);
            await tool("Text size|Tamaño");
            await tool("Text size|Tamaño");
            await hold(`${language}, large`);
            await tool("reach|alcance");
            await hold(`${language}, large, reach`);
            note(`${language}, out of reach`, await aboveMiddle(page));
            await tool("reach|alcance");
            await tool("Text size|Tamaño");
            await tool("Español|English");
          }
          assert.deepEqual(wrong, []);
        }));
    }
  }
});

describe("the kiosk's bundle", () => {
  it("ships none of the mailroom's words", async () => {
    const read = (path) => readFile(new URL(`../../ui/${path}`, import.meta.url), "utf8");
    const html = await read("dist/kiosk.html");
    const scripts = await Promise.all([...html.matchAll(/assets\/[\w.-]+\.js/g)].map(([path]) => read(`dist/${path}`)));
    const words = Object.values(JSON.parse(await read("messages/mailroom/en.json"))).filter((text) => typeof text === "string" && /^[\w ,.']{14,}$/.test(text));
    assert.ok(scripts.length > 0 && words.length > 0);
    assert.deepEqual(words.filter((text) => scripts.some((script) => script.includes(text))), []);
  });
});
