// Who sits at the mailroom's window, in Chromium on the fake Rust side: second factor, the provider's browser, a
// window left alone, "confirm that it is you", one's own account and the staff page; and axe on each.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { axe, fake, launch, open, serve } from "./support.mjs";

const PASSWORD = "rowing past nine herons";
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

async function visit(query = "", { theme = "light", language = "en", width = 1440, height = 900, clock = false } = {}) {
  const chosen = `localStorage.setItem("cubby.theme", "${theme}"); localStorage.setItem("cubby.language", "${language}");`;
  const page = await open(browser, { url: `${server.url}/mailroom.html${query}`, script: chosen + script, width, height, clock });
  await page.locator("h1").first().waitFor();
  return page;
}
const asked = (page, command) => page.evaluate((command) => window.fake.log.filter((one) => one.command === command), command);
const button = (page, name) => page.getByRole("button", { name });

async function signIn(page, password = PASSWORD) {
  await page.getByLabel("Email").fill("rosa.ilic@example.com");
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
}

describe("signing in", () => {
  test("a second factor is asked after the password, and a wrong code is told apart from a wrong password", async () => {
    const page = await visit("?start=signIn&factor=code");
    await signIn(page);
    const code = page.getByLabel(/Code from your phone/u);
    await code.fill("000000");
    await page.keyboard.press("Enter");
    await page.getByText("That code isn't right").waitFor();
    await code.fill("287082");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Tracking number" }).waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("an admin who has none is led to set one up, and sees the recovery codes once", async () => {
    const page = await visit("?start=signIn&factor=enrol");
    await signIn(page);
    await page.getByRole("img", { name: "QR code with the key below" }).waitFor();
    await page.getByText("GEZD GNBV GY3T QOJQ").waitFor();
    await page.getByLabel("The code that the app shows").fill("287082");
    await page.keyboard.press("Enter");
    await page.getByText("7KQ2M-9XW4D").waitFor();
    assert.deepEqual(await axe(page), []);
    await button(page, "I have written them down").click();
    await page.getByRole("textbox", { name: "Tracking number" }).waitFor();
    assert.equal(await page.getByText("7KQ2M-9XW4D").count(), 0);
    await page.context().close();
  });

  test("the provider's browser is waited for, can be given up, and says in words why it was not believed", async () => {
    const page = await visit("?start=signIn&provider");
    await button(page, "Sign in with login.example.com").click();
    await page.getByText("Go on in your browser").waitFor();
    await page.evaluate(() => window.fake.browser(false));
    await page.getByText("This machine's clock is behind.").waitFor();
    await button(page, "Sign in with login.example.com").click();
    await page.evaluate(() => window.fake.browser(true));
    await page.getByRole("textbox", { name: "Tracking number" }).waitFor();
    await page.context().close();
  });
});

describe("a window left alone", () => {
  test("locks after the policy's minutes, keeps what was typed, and opens by password", async () => {
    const page = await visit("#/people/new", { clock: true });
    await page.getByLabel("Name", { exact: true }).fill("Half a na");
    await page.clock.runFor(16 * 60_000);
    await page.getByRole("heading", { name: "Locked" }).waitFor();
    assert.ok(await page.evaluate(() => document.elementFromPoint(700, 450).closest("dialog") !== null), "nothing of the page is in reach");
    await page.getByLabel("Your password").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("That email and password don't match").waitFor();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Locked" }).waitFor({ state: "detached" });
    assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Half a na");
    await page.context().close();
  });

  test("locked by Rust, the call that found out is made again once it opens", async () => {
    const page = await visit("#/account");
    await page.getByLabel("New PIN").fill("204917");
    await page.evaluate(() => window.fake.leave());
    await page.keyboard.press("Enter");
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("Your PIN is set").waitFor();
    assert.equal((await asked(page, "setMyPin")).length, 2);
    await page.context().close();
  });

  test("somebody else can sign in instead", async () => {
    const page = await visit("?locked");
    await page.getByRole("heading", { name: "Locked" }).waitFor();
    await button(page, "Sign in as somebody else").click();
    await page.getByLabel("Email").waitFor();
    await page.context().close();
  });
});

describe("confirm that it is you", () => {
  test("is asked once, and then what was wanted is done", async () => {
    const page = await visit("?stale#/staff");
    await button(page, "Reset PIN: Tom Bauer").click();
    await page.getByRole("heading", { name: "Confirm that it is you" }).waitFor();
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("Saved for Tom Bauer").waitFor();
    assert.equal((await asked(page, "resetPin")).length, 2, "refused, then done");
    assert.equal((await asked(page, "confirm")).length, 1);
    assert.equal(await button(page, "Reset PIN: Tom Bauer").count(), 0);
    await page.context().close();
  });

  test("is left without a change", async () => {
    const page = await visit("?stale#/account");
    await page.getByLabel("New PIN").fill("204917");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Confirm that it is you" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("Not confirmed").waitFor();
    assert.equal((await asked(page, "setMyPin")).length, 1);
    await page.context().close();
  });
});

describe("accounts", () => {
  test("a PIN that is tried first is refused at its field, and a good one is set", async () => {
    const page = await visit("#/account");
    await page.getByLabel("New PIN").fill("123456");
    await page.keyboard.press("Enter");
    await page.getByText("This is easy to guess.").waitFor();
    await page.getByLabel("New PIN").fill("204917");
    await page.keyboard.press("Enter");
    await page.getByText("Your PIN is set").waitFor();
    await button(page, "Set it up").click();
    await page.getByRole("img", { name: "QR code with the key below" }).waitFor();
    await page.context().close();
  });

  test("the last admin stays, and a clerk has no staff page", async () => {
    const page = await visit("#/staff");
    await button(page, "Disable: Rosa Ilić").click();
    await page.getByText("This is the last admin").waitFor();
    await page.getByLabel("Role: Tom Bauer").selectOption("supervisor");
    await page.getByText("Saved for Tom Bauer").waitFor();
    assert.deepEqual((await asked(page, "setRole")).at(-1).args, { personId: "person-1", role: "supervisor" });
    await page.context().close();
    const clerk = await visit("?role=clerk");
    assert.equal(await clerk.getByRole("link", { name: "Staff" }).count(), 0);
    await clerk.context().close();
  });
});

for (const theme of ["light", "dark", "contrast"])
  for (const language of ["en", "es"])
    test(`axe finds nothing, and nothing leaves the window, in ${theme}, ${language}`, async () => {
      for (const query of ["?start=signIn&provider", "?locked", "#/account", "#/staff"]) {
        const page = await visit(query, { theme, language, width: 1180, height: 800 });
        await page.waitForTimeout(150);
        assert.deepEqual(await axe(page), [], query);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), query);
        await page.context().close();
      }
    });
