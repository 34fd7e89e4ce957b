// A clerk's and an admin's ways through the mailroom, in Chromium on the fake Rust side, by keyboard and scanner
// as they work; and axe on every page in every language and theme.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { axe, fake, launch, open, serve } from "./support.mjs";

let browser;
let server;
let script;
before(async () => {
  [browser, server, script] = [await launch(), await serve(), await fake("mailroom")];
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function visit(query = "", { theme = "light", language = "en", width = 1440, height = 900 } = {}) {
  const chosen = `localStorage.setItem("cubby.theme", "${theme}"); localStorage.setItem("cubby.language", "${language}");`;
  const page = await open(browser, { url: `${server.url}/mailroom.html${query}`, script: chosen + script, width, height });
  page.setDefaultTimeout(8000);
  await page.locator("h1").first().waitFor();
  return page;
}
const scanField = (page) => page.getByRole("textbox", { name: "Tracking number" });
const scanFieldIn = (page) => page.locator("main input").first();
const finder = (page) => page.getByRole("combobox", { name: "Recipient" });
const log = (page, command) => page.evaluate((command) => window.fake.log.filter((one) => one.command === command), command);
const focused = (locator) => locator.evaluate((element) => element === document.activeElement);

async function eventually(check, what) {
  for (let tries = 0; tries < 60; tries++) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(what);
}

/** As fast as hands go, and no faster: what is faster is a scanner. */
const type = (page, text) => page.keyboard.type(text, { delay: 60 });

/** A keyboard wedge: thirty characters in about a hundred milliseconds, then Enter, to whatever has the focus. */
async function wedge(page, text) {
  const session = await page.context().newCDPSession(page);
  const start = Date.now() / 1000;
  const keys = [...text].map((key) => ({ key, text: key })).concat({ key: "Enter", text: "\r" });
  await Promise.all(
    keys.flatMap(({ key, text }, at) => [
      session.send("Input.dispatchKeyEvent", { type: "keyDown", key, text, timestamp: start + at * 0.0035 }),
      session.send("Input.dispatchKeyEvent", { type: "keyUp", key, timestamp: start + at * 0.0035 + 0.001 }),
    ]),
  );
}

async function takeIn(page, number, query, ...keys) {
  await wedge(page, number);
  await eventually(() => focused(finder(page)), "after a scan one names the recipient");
  await type(page, query);
  await page.locator("[role=option]").first().waitFor();
  await page.keyboard.press("Enter");
  for (const key of keys) await type(page, key);
  await page.locator("button.go").waitFor();
  await page.keyboard.press("Enter");
}

describe("intake", () => {
  test("a package goes from scan to compartment by scanner and keyboard alone", async () => {
    const page = await visit();
    await eventually(() => focused(scanField(page)), "the scan field is ready at once");
    await takeIn(page, "1Z999AA10123456999", "gutierrez", "m");
    await page.getByText("A04 is open").waitFor();
    assert.ok(await focused(scanField(page)), "the next one can be scanned while the door is open");
    const [{ args }] = await log(page, "receive");
    assert.deepEqual(args.intake, { trackingNumber: "1Z999AA10123456999", recipientId: "person-0", size: "M", handling: [], note: null });
    await page.evaluate(() => window.fake.shut("A04"));
    await page.getByText("A04 is shut").waitFor();
    await page.locator("li", { hasText: "North lobby A04" }).getByText(/told by mail/u).waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("ten packages in a row, the doors still open, keep their recipients and sizes", async () => {
    const page = await visit("?empty");
    const rows = [["ann ok", "s"], ["petrov", "m"], ["lind", "l"], ["nair", "x"], ["ode", "s"], ["王", "m"], ["wang", "s"], ["محمد", "l"], ["иванова", "s"], ["hong", "m"]];
    for (const [at, [query, size]] of rows.entries()) {
      await takeIn(page, `JD01460000452231${at}`, query, size);
      await eventually(async () => (await scanField(page).inputValue()) === "" && (await focused(scanField(page))), `package ${at} is done and the next may come`);
    }
    const taken = (await log(page, "receive")).map(({ args }) => [args.intake.trackingNumber, args.intake.recipientId, args.intake.size]);
    const expected = [1, 2, 3, 4, 5, 8, 8, 9, 10, 13].map((person, at) => [`JD01460000452231${at}`, `person-${person}`, { s: "S", m: "M", l: "L", x: "oversize" }[rows[at][1]]]);
    assert.deepEqual(taken, expected);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("a scan in any other place is a scan, and leaves nothing behind and presses nothing", async () => {
    const page = await visit();
    await page.getByLabel("Note for colleagues").fill("glass");
    await wedge(page, "1Z999AA10123456999");
    await eventually(async () => (await scanField(page).inputValue()) === "1Z999AA10123456999", "recognised");
    await page.getByRole("button", { name: "Sign out" }).focus();
    await wedge(page, "12 34 56 78 SMLX 1Z999");
    await eventually(async () => (await log(page, "recognise")).length === 2, "recognised from a button too");
    assert.equal((await log(page, "signOut")).length, 0);
    assert.match(page.url(), /#\/intake$/u);
    await page.context().close();
  });

  test("a scan while the sizes have the focus picks no size, whatever letter it begins with", async () => {
    const page = await visit();
    await page.getByRole("radio", { name: /Small/u }).focus();
    await wedge(page, "MX1Z999AA10123456999");
    await eventually(async () => (await log(page, "recognise")).length === 1, "recognised");
    await page.waitForTimeout(150);
    assert.ok(await page.getByRole("radio", { name: /Small/u }).isChecked());
    await page.getByRole("radio", { name: /Small/u }).focus();
    await page.keyboard.press("m");
    await eventually(() => page.getByRole("radio", { name: /Medium/u }).isChecked(), "a letter alone picks");
    await page.context().close();
  });

  test("a serial scanner is heard, and brings one to the intake from elsewhere", async () => {
    const page = await visit("#/tasks");
    await page.evaluate(() => window.fake.scan("JD014600004522310999"));
    await eventually(async () => (await scanField(page).count()) === 1 && (await scanField(page).inputValue()) === "JD014600004522310999", "heard");
    await page.context().close();
  });

  test("garbage and four kilobytes are refused in words, and the next scan works", async () => {
    const page = await visit();
    await scanField(page).fill("\u0001\u0002?\u0003!");
    await page.keyboard.press("Enter");
    await page.getByText("Not a number we can use.").waitFor();
    await scanField(page).fill("7".repeat(4096));
    await page.keyboard.press("Enter");
    await page.getByText("This is too long.").waitFor();
    await page.evaluate(() => window.fake.scan("\u000212345678ABC\r\n"));
    await eventually(async () => (await scanField(page).inputValue()) === "12345678ABC", "recognised");
    await page.context().close();
  });

  test("a wrong check digit and a double warn, and block nothing", async () => {
    const page = await visit();
    await wedge(page, "1Z999AA10123456785");
    await page.getByText("Compare the number with the label.").waitFor();
    await wedge(page, "1Z999AA10123456784");
    await page.getByRole("link", { name: /this number, for Priya Nair/u }).waitFor();
    await finder(page).fill("ann");
    await page.locator("[role=option]").first().waitFor();
    await page.keyboard.press("Enter");
    await page.locator("button.go").waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("A02 is open").waitFor();
    await page.context().close();
  });

  test("another door from the picture, and the shelf", async () => {
    const page = await visit();
    await wedge(page, "JD01460000452239");
    await finder(page).fill("lind");
    await page.locator("[role=option]").first().waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("A02", { exact: true }).nth(1).waitFor();
    await page.keyboard.press("Alt+b");
    await page.getByRole("button", { name: /^A09/u }).click();
    await page.getByText("your choice").waitFor();
    await page.keyboard.press("Alt+h");
    await page.getByLabel("Place on the shelf").fill("D-4");
    await page.keyboard.press("Enter");
    await eventually(async () => (await log(page, "shelve"))[0]?.args.place === "D-4", "shelved");
    await page.context().close();
  });

  test("a door that jams is tried again, then another is taken; silence is told as it is", async () => {
    const page = await visit();
    await page.evaluate(() => window.fake.outcome("jams"));
    await takeIn(page, "JD01460000452240", "ode");
    await page.getByText("A02 did not open").waitFor();
    await page.keyboard.press("Alt+r");
    await page.getByText("2 tries left").waitFor();
    await page.evaluate(() => window.fake.outcome("silent"));
    await page.keyboard.press("Alt+g");
    await page.getByText(/Please look: is A04 open/u).waitFor();
    await page.keyboard.press("Alt+o");
    await page.getByText("A04 is open").waitFor();
    await page.context().close();
  });

  test("nobody fits, so the person is added and the intake goes on", async () => {
    const page = await visit();
    await wedge(page, "JD01460000452241");
    await eventually(() => focused(finder(page)), "on the recipient");
    await type(page, "Zoë Quartey");
    await page.getByText("Nobody fits.").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByLabel("Email").fill("zoe@example.com");
    await page.keyboard.press("Enter");
    await page.locator("button.go").waitFor();
    assert.equal(await finder(page).inputValue(), "Zoë Quartey");
    await page.context().close();
  });
});

describe("packages, banks, tasks, people", () => {
  test("a package is found, opened and handed over to another person by keyboard", async () => {
    const page = await visit("#/packages");
    await type(page, "priya shelf");
    await eventually(async () => (await page.locator("[data-row]").count()) === 1, "one is found");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "The whole story" }).waitFor();
    await page.keyboard.press("Alt+j");
    await page.getByText("Another person").click();
    await page.getByRole("combobox", { name: "Find the person" }).fill("lind");
    await page.locator("[role=option]").first().waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Hand over" }).click();
    await page.getByText("Handed over to Max Lind").waitFor();
    assert.equal((await log(page, "handOver"))[0].args.to, "person-3");
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Packages" }).waitFor();
    await page.context().close();
  });

  test("older packages come when asked, and a state narrows", async () => {
    const page = await visit("#/packages");
    await eventually(async () => (await page.locator("[data-row]").count()) === 25, "one page");
    await page.keyboard.press("Alt+o");
    await eventually(async () => (await page.locator("[data-row]").count()) === 50, "two pages");
    await page.getByLabel("State").selectOption({ label: "At the counter" });
    await eventually(async () => (await page.locator("[data-row]").count()) === 1, "one state");
    await page.context().close();
  });

  test("a door is chosen by arrow keys, inspected and taken out of service", async () => {
    const page = await visit("#/banks");
    await eventually(() => page.evaluate(() => document.activeElement?.classList.contains("cell")), "the first door has the focus");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "A02" }).waitFor();
    await page.keyboard.press("Alt+i");
    await page.getByText("A02 is open").waitFor();
    await page.evaluate(() => window.fake.shut("A02"));
    await page.keyboard.press("Alt+f");
    await page.getByRole("dialog").getByLabel("Reason").fill("lock at vendor");
    await page.keyboard.press("Enter");
    await page.getByText("Out of service: lock at vendor").waitFor();
    await page.context().close();
  });

  test("a wrong door locks its bank: it is said, leads to the task, and from there to the door", async () => {
    const page = await visit("#/banks");
    await page.evaluate(() => window.fake.wrongDoor());
    await page.getByRole("alert").getByRole("link", { name: "What needs you" }).click();
    const card = page.getByRole("article", { name: /^A02: another door opened/u });
    await card.getByRole("link", { name: "To the door" }).click();
    await page.getByRole("heading", { name: "A02" }).waitFor();
    await page.goBack();
    await card.getByRole("button", { name: "Done" }).click();
    await page.goto(`${server.url}/mailroom.html#/banks`);
    await page.getByRole("heading", { name: "North lobby" }).waitFor();
    await eventually(async () => (await page.getByRole("alert").count()) === 0, "open for all again");
    await page.context().close();
  });

  const alarms = {
    forced: ["opened by nobody we know", "puerta abierta sin autorización"],
    wrongDoor: ["another door opened than the one asked for", "se abrió otra puerta"],
    ajar: ["door left open", "puerta sin cerrar"],
    implausible: ["most doors read open at once", "constan abiertas"],
    wrongBoard: ["another board answers", "responde otra controladora"],
    help: ["somebody called for help", "alguien pidió ayuda"],
  };
  for (const [at, language] of ["en", "es"].entries())
    test(`every alarm is over every page until it is settled, in words, ${language}`, async () => {
      const page = await visit("?start=signedIn", { language });
      const region = page.getByRole("region", { name: at === 0 ? "Alarms" : "Alarmas" });
      await page.locator("nav em").waitFor();
      assert.equal(await region.innerText(), "", "what can wait is no alarm");
      const said = new Set();
      for (const [kind, words] of Object.entries(alarms)) {
        await page.evaluate((kind) => window.fake.alarm(kind, "A03"), kind);
        await region.getByText(new RegExp(`^A03: .*${words[at]}`, "iu")).waitFor();
        said.add(await region.locator("span").innerText());
      }
      assert.equal(said.size, Object.keys(alarms).length, "each in words of its own");
      assert.deepEqual(await axe(page), []);
      for (const hash of ["#/packages", "#/banks", "#/people", "#/settings", "#/virtual"]) {
        await page.evaluate((hash) => (location.hash = hash), hash);
        await region.getByText(/^A03: /u).waitFor();
      }
      assert.match(await page.locator("nav em").innerText(), at === 0 ? /^Urgent/u : /^Urgente/u);
      await region.getByRole("link").click();
      await page.locator("article.urgent").nth(5).waitFor();
      assert.equal(await page.locator("article.urgent").count(), 6);
      for (let left = 6; left > 0; left--) {
        const button = at === 0 ? "Done" : "Hecho";
        await page.locator("article.urgent").first().getByRole("button", { name: button }).click();
        await eventually(async () => (await page.locator("article.urgent").count()) === left - 1, "one less");
      }
      await page.evaluate(() => (location.hash = "#/intake"));
      await scanFieldIn(page).waitFor();
      assert.equal(await region.innerText(), "");
      assert.deepEqual(page.faults, []);
      await page.context().close();
    });

  test("a door that failed twice is named among what needs somebody, and is no alarm", async () => {
    const page = await visit("#/tasks");
    const card = page.getByRole("article", { name: "B07: door failed twice" });
    await card.getByText("take it out of service if it fails again").waitFor();
    assert.equal(await card.getByText("Urgent").count(), 0);
    await page.context().close();
  });

  test("mails that no server takes can be read on the virtual bank, the newest open", async () => {
    const page = await visit("#/virtual");
    const mails = page.getByRole("region", { name: "Mails" });
    await mails.getByText("1234 5678").waitFor();
    await page.evaluate(() => window.fake.mail("petrov@example.com", "Your package is in compartment B02", "Hello Ivan,\n\n8765 4321"));
    await mails.getByText("8765 4321").waitFor();
    const open = () => mails.locator("details").evaluateAll((all) => all.map((one) => one.open));
    await eventually(async () => (await open())[0] === true, "the newest can be read at once");
    assert.equal(await mails.getByText("petrov@example.com").count(), 1);
    await mails.locator("summary").nth(1).focus();
    if (!(await open())[1]) await page.keyboard.press("Enter");
    await mails.getByText("1234 5678").waitFor();
    assert.equal((await mails.locator("pre").first().innerText()).split("\n").length, 3, "its lines stay lines");
    assert.deepEqual(await axe(page), []);
    await page.context().close();
  });

  test("a disputed package can be taken out, and no code is sent for it", async () => {
    const page = await visit("#/packages");
    await page.getByLabel("State").selectOption({ label: "In dispute" });
    await eventually(async () => (await page.locator("[data-row]").count()) === 1, "one is in dispute");
    await page.locator("[data-row]").first().click();
    await page.getByText("it isn’t theirs").first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Issue a new code" }).count(), 0);
    await page.getByRole("button", { name: "Open and take out" }).click();
    await page.getByText("C01 is open").waitFor();
    await page.context().close();
  });

  test("plain digits and Alt lead between pages; what needs somebody is settled", async () => {
    const page = await visit();
    await page.keyboard.press("Alt+4");
    await page.getByRole("heading", { name: "Needs you" }).waitFor();
    await page.getByRole("button", { name: "Package is inside" }).first().click();
    await eventually(async () => (await log(page, "settleTask"))[0]?.args.outcome === "packageInside", "settled");
    await page.locator("h1").click();
    await page.keyboard.press("2");
    await page.getByRole("heading", { name: "Packages" }).waitFor();
    await page.context().close();
  });

  test("an admin gives a role; what Rust refuses stands at its field", async () => {
    const page = await visit("#/people/person-3");
    const access = page.getByRole("region", { name: "What they may do here" });
    await access.getByLabel("Role").selectOption({ label: "Clerk" });
    await access.getByLabel("Password").fill("too short");
    await access.getByRole("button", { name: "Save" }).click();
    await page.getByText("This is too short.").waitFor();
    await access.getByLabel("Password").fill("a few words do well");
    await page.keyboard.press("Enter");
    await page.getByText("This is too short.").waitFor({ state: "detached" });
    assert.deepEqual((await log(page, "setRole")).map(({ args }) => args.role), ["clerk"]);
    await page.context().close();
  });

  test("a person is changed; a badge is one more, and somebody else's is refused", async () => {
    const page = await visit("#/people/person-0");
    const save = page.getByRole("button", { name: "Save" }).first();
    await save.click();
    await page.getByText("Anna Gutiérrez is saved").first().waitFor();
    assert.deepEqual((await log(page, "changePerson")).map(({ args }) => args.form.badge), [null]);
    const badge = page.getByLabel("New badge");
    await badge.fill("00091");
    await page.keyboard.press("Enter");
    await page.getByText("taken").first().waitFor();
    await badge.fill("40856635");
    await page.keyboard.press("Enter");
    // The field is empty again once it was given.
    await page.waitForFunction(() => [...document.querySelectorAll("input")].every((one) => one.value !== "40856635"));
    assert.deepEqual((await log(page, "giveBadge")).map(({ args }) => args.number), ["00091", "40856635"]);
    await page.context().close();
  });

  test("what a directory owns says whose it is and can't be typed in", async () => {
    const page = await visit("#/people/person-6");
    await page.getByText("From the identity provider; changed there").first().waitFor();
    assert.equal(await page.getByLabel("Name", { exact: true }).isDisabled(), true);
    assert.equal(await page.getByLabel("Department").isDisabled(), false);
    await page.context().close();
  });

  test("how long things are kept is told and changed; what is out of range says so at its field", async () => {
    const page = await visit("#/settings");
    await page.getByText("90 days; of a package from when it went").waitFor();
    const days = page.getByLabel("Openings and visits: days");
    await days.fill("0");
    const save = page.getByRole("region", { name: "Privacy" }).getByRole("button", { name: "Save" });
    await save.click();
    await page.getByText("This is out of range.").waitFor();
    await days.fill("30");
    await save.click();
    await page.getByText("30 days; of a package from when it went").waitFor();
    assert.deepEqual((await log(page, "setRetention")).at(-1).args, { retention: { access: 30, packages: 365, leavers: 90 } });
    await page.context().close();
  });

  test("a person gets a copy of their data, and is erased after a question and not while a package waits", async () => {
    const page = await visit("#/people/person-6");
    await page.getByRole("button", { name: "Write a copy" }).click();
    await page.getByText("/var/lib/cubby/exports/person-6-2026-11-16.html").waitFor();
    await page.getByRole("button", { name: "Erase…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Erase" }).click();
    await page.getByRole("dialog").getByText("Packages are still waiting for this person").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    const form = { name: "Gone Soon", email: null, aliases: null, department: null, language: "en", badge: null, active: true };
    const id = await page.evaluate((form) => window.__TAURI_INTERNALS__.invoke("add_person", { form }), form);
    await page.evaluate((id) => (location.hash = `#/people/${id}`), id);
    await page.getByRole("heading", { name: "Gone Soon", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Erase…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Erase" }).click();
    await page.getByRole("dialog").getByText("/var/lib/cubby/pre-8.db").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
    await page.getByRole("heading", { name: "People", level: 1 }).waitFor();
    assert.deepEqual((await log(page, "erasePerson")).map(({ args }) => args.personId), ["person-6", id]);
    await page.context().close();
  });

  test("settings tell where the secrets are, and what is wrong with that", async () => {
    const page = await visit("?start=signedIn#/settings");
    await page.getByText("In the file /var/lib/cubby/secrets.json").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.evaluate(() => window.fake.warnOfSecrets("fileOpen", "unusedCopy"));
    await page.getByRole("alert").filter({ hasText: "Others on this machine can read" }).waitFor();
    await page.getByRole("alert").filter({ hasText: "Delete secrets.json" }).waitFor();
    await page.context().close();
  });

  test("a clerk has no settings; signing out leads to sign-in, and a wrong pair is one answer", async () => {
    const page = await visit("?role=clerk");
    assert.equal(await page.getByRole("link", { name: "Settings" }).count(), 0);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Email").fill("rosa.ilic@example.com");
    await page.getByLabel("Password").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("That email and password don't match").waitFor();
    await page.getByLabel("Password").fill("rowing past nine herons");
    await page.keyboard.press("Enter");
    await scanField(page).waitFor();
    await page.context().close();
  });
});

test("the first run makes a site on a board, after saying what will be made", async () => {
  const page = await visit("?start=firstRun");
  const next = () => page.getByRole("button", { name: "Next" }).click();
  await page.getByText("Connect a lock board").click();
  await next();
  await page.getByRole("button", { name: "Small" }).click();
  await page.getByRole("button", { name: "Add a door of size XL to column 2" }).click();
  await page.getByText("Refrigerated").click();
  await next();
  await page.getByText("Fill this in.").first().waitFor();
  await page.getByLabel("Name of the site").fill("Head office");
  await page.getByLabel("Name of the bank").fill("North lobby");
  await next();
  await page.getByLabel("Name", { exact: true }).fill("Ada Admin");
  await page.getByLabel("Email", { exact: true }).fill("ada");
  await page.getByLabel("Password", { exact: true }).fill("rowing past nine herons");
  await next();
  await next();
  await page.getByText("7: 3 S, 3 M, 1 XL").waitFor();
  await page.getByRole("button", { name: "Make this site" }).click();
  await page.getByText("This isn't written as expected.").waitFor();
  await page.getByLabel("Email", { exact: true }).fill("ada@example.com");
  await next();
  await next();
  await page.getByRole("button", { name: "Make this site" }).click();
  await scanField(page).waitFor();
  const { plan } = (await log(page, "setUp")).at(-1).args;
  assert.equal(plan.bank.port, "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0");
  assert.deepEqual(plan.bank.columns[1].cells.at(-1), { kind: "compartment", label: "B03", channel: 7, size: "XL", accessible: false, refrigerated: true });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

describe("everybody can use it", () => {
  const pages = ["#/intake", "#/packages", "#/packages/p-3", "#/banks/c-A05", "#/tasks", "#/removals", "#/notices", "#/people", "#/people/person-6", "#/people/new", "#/settings", "#/templates", "#/virtual"];
  for (const theme of ["light", "dark", "contrast"])
    for (const language of ["en", "es"])
      test(`axe finds nothing in ${theme}, ${language}`, async () => {
        const page = await visit("?start=signedIn", { theme, language });
        const found = [];
        for (const hash of pages) {
          await page.evaluate((hash) => (location.hash = hash), hash);
          await page.locator("h1").first().waitFor();
          await page.waitForTimeout(150);
          found.push(...(await axe(page)).map((violation) => `${hash} ${violation}`));
        }
        assert.deepEqual(found, []);
        assert.equal(await page.locator("html").getAttribute("lang"), language);
        assert.deepEqual(page.faults, []);
        await page.context().close();
        for (const start of ["?start=signIn", "?start=firstRun"]) {
          const other = await visit(start, { theme, language });
          assert.deepEqual(await axe(other), [], start);
          await other.context().close();
        }
      });

  test("an intake under way is as clean as a resting one, in every theme", async () => {
    for (const theme of ["light", "dark", "contrast"]) {
      const page = await visit("", { theme });
      await takeIn(page, "1Z999AA10123456999", "gutierrez");
      await page.getByText("A02 is open").waitFor();
      await wedge(page, "1Z999AA10123456785");
      await eventually(() => focused(finder(page)), "on the recipient");
      await type(page, "a");
      await page.locator("[role=option]").first().waitFor();
      assert.deepEqual(await axe(page), [], theme);
      await page.context().close();
    }
  });

  test("nothing runs out of the window at 1180 wide, in the longer language", async () => {
    const page = await visit("?start=signedIn", { language: "es", width: 1180, height: 800 });
    for (const hash of pages) {
      await page.evaluate((hash) => (location.hash = hash), hash);
      await page.waitForTimeout(150);
      const over = await page.evaluate(() => document.querySelector("main").scrollWidth - document.querySelector("main").clientWidth);
      assert.ok(over <= 0, `${hash} is ${over} px too wide`);
      // A reason is staff's own words and may end in an ellipsis; the whole of it stands beside the picture.
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll(".told, .cell:not(.off) .told > *")].filter((e) => e.checkVisibility() && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)).map((e) => e.textContent),
      );
      assert.deepEqual(cut, [], `${hash}: cut off in a door`);
    }
    await page.context().close();
  });
});
