// Who could not be told is told again; an admin sets up channels, tries them, puts them in order and writes the words
// of a notice; a clerk sees to a task. In Chromium on the fake Rust side.
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

async function visit(query, { language = "en", theme = "light", width = 1440 } = {}) {
  const chosen = `localStorage.setItem("cubby.theme", "${theme}"); localStorage.setItem("cubby.language", "${language}");`;
  const page = await open(browser, { url: `${server.url}/mailroom.html${query}`, script: chosen + script, width, height: 900 });
  page.setDefaultTimeout(8000);
  await page.locator("h1").first().waitFor();
  return page;
}
const log = (page, command) => page.evaluate((command) => window.fake.log.filter((one) => one.command === command), command);
async function eventually(check, what) {
  for (let tries = 0; tries < 80; tries++) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(what);
}
const focused = (locator) => locator.evaluate((element) => element === document.activeElement);
async function leave(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

describe("notices", () => {
  test("from a task one sees why somebody could not be told, and sends it again", async () => {
    const page = await visit("#/tasks");
    await page.getByRole("article", { name: "A06: recipient couldn’t be told" }).getByRole("button", { name: "See why" }).click();
    await page.getByRole("heading", { name: "Notices" }).waitFor();
    const row = page.getByRole("listitem").filter({ hasText: "Siobhán Ní Bhriain" });
    await row.getByText("Nobody is known there: check the address.").waitFor();
    await row.getByText("tried 1 time").waitFor();
    await row.getByRole("button", { name: "Send again to Siobhán Ní Bhriain" }).click();
    await page.getByText("It is sent again").waitFor();
    await eventually(async () => (await row.count()) === 0, "it is among those that wait");
    assert.deepEqual((await log(page, "sendAgain")).map(({ args }) => args), [{ noticeId: "n-1" }]);
    await page.getByRole("radio", { name: "Waiting" }).check();
    await page.getByRole("link", { name: "Siobhán Ní Bhriain" }).first().waitFor();
    assert.equal(await page.getByRole("button", { name: /^Send again/u }).count(), 0, "what waits goes by itself");
    await page.keyboard.press("Escape");
    await page.waitForURL(/#\/tasks$/u);
    await leave(page);
  });

  test("what waits comes page by page, and leads to the package", async () => {
    const page = await visit("#/notices");
    await page.getByRole("radio", { name: "Waiting" }).check();
    await eventually(async () => (await page.locator("main li").count()) === 25, "a page of them");
    await page.getByRole("button", { name: "Show more" }).click();
    await eventually(async () => (await page.locator("main li").count()) === 31, "and all others");
    await page.getByText(/^Next try /u).first().waitFor();
    await page.locator('main li a[href^="#/packages/"]').first().click();
    await page.waitForURL(/#\/packages\/p-/u);
    await leave(page);
  });

  test("nobody to be told is said, in both languages", async () => {
    for (const [language, words] of [["en", "Everybody could be told"], ["es", "Se pudo avisar a todos"]]) {
      const page = await visit("?start=signedIn&empty#/notices", { language });
      await page.getByText(words).waitFor();
      await leave(page);
    }
  });
});

describe("channels", () => {
  const card = (page, name) => page.getByRole("article", { name });

  test("an admin sets up a channel, and shows first who they are", async () => {
    const page = await visit("?start=signedIn&stale#/channels");
    const teams = card(page, "Microsoft Teams");
    await teams.getByText("Not set up").waitFor();
    await teams.getByRole("button", { name: "Set up: Microsoft Teams" }).click();
    const url = teams.getByLabel("The workflow’s address");
    await eventually(() => focused(url), "one types at once");
    assert.equal(await url.getAttribute("type"), "password", "a secret is not shown");
    await teams.getByRole("checkbox", { name: /^It writes to each person alone/u }).check();
    await teams.getByRole("button", { name: "Save" }).click();
    const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
    await dialog.getByLabel("Password").fill("rowing past nine herons");
    await page.keyboard.press("Enter");
    await teams.getByText("Fill this in.").waitFor();
    assert.equal(await url.getAttribute("aria-invalid"), "true", "what is missing is said at its field");
    await url.fill("https://prod.logic.azure.com/workflows/1");
    await page.keyboard.press("Enter");
    await page.getByText("Microsoft Teams is set up").waitFor();
    await teams.getByText("Works", { exact: true }).waitFor();
    await teams.getByText("May go this way").waitFor();
    const { args } = (await log(page, "setChannel")).at(-1);
    assert.deepEqual(args.form, { channel: "teams", url: "https://prod.logic.azure.com/workflows/1", personal: true });
    await eventually(() => focused(teams.getByRole("button", { name: "Change: Microsoft Teams" })), "back where one was");
    await leave(page);
  });

  test("a secret left empty stays, and what is known is there to be changed", async () => {
    const page = await visit("#/channels");
    const sms = card(page, "Text message (SMS)");
    await sms.getByText(/^The service did not answer in time\. Next try .*; until then its notices wait\.$/u).waitFor();
    await sms.getByRole("button", { name: "Change: Text message (SMS)" }).click();
    assert.equal(await sms.getByLabel("Token").inputValue(), "");
    await sms.getByText("Leave it empty to keep what is there.").waitFor();
    await sms.getByLabel("Number or name to send from").fill("Parcels");
    await page.keyboard.press("Enter");
    await page.getByText("Text message (SMS) is set up").waitFor();
    const [{ args }] = await log(page, "setChannel");
    assert.deepEqual(args.form, { channel: "sms", api: "https://api.twilio.com", account: "AC0123456789abcdef0123456789abcdef", token: null, from: "Parcels" });
    await leave(page);
  });

  test("a test says in words what came of it", async () => {
    const page = await visit("#/channels");
    const email = card(page, "Email");
    await email.getByRole("button", { name: "Send a test: Email" }).click();
    const to = email.getByLabel("Mail address to send it to");
    assert.equal(await to.inputValue(), "rosa.ilic@example.com", "one's own mailbox is offered");
    await to.fill("nobody@example.com");
    await page.keyboard.press("Enter");
    await email.getByText("Not sent: nobody is known there: check the address.").waitFor();
    await to.fill("nowhere");
    await page.keyboard.press("Enter");
    await email.getByText("This isn't written as expected.").waitFor();
    await to.fill("rosa.ilic@example.com");
    await page.keyboard.press("Enter");
    await email.getByText("Sent. Look whether it arrived.").waitFor();
    assert.deepEqual((await log(page, "testChannel"))[0].args, { key: { channel: "email", kind: "stored", language: "en" }, template: null, to: "nobody@example.com" });
    await leave(page);
  });

  test("the order is changed with the keyboard, and the focus goes along", async () => {
    const page = await visit("#/channels");
    const list = page.getByRole("list", { name: "In which order people are tried" });
    const up = list.getByRole("button", { name: "Earlier: Slack" });
    await up.focus();
    await page.keyboard.press("Enter");
    await eventually(() => focused(up), "still on the one that moved");
    await page.keyboard.press("Enter");
    await eventually(async () => (await list.getByRole("listitem").first().innerText()).includes("Slack"), "the first of all");
    await page.keyboard.press("Enter");
    await page.getByText("Slack is now number 1").waitFor();
    await eventually(async () => (await log(page, "setChannelOrder")).length === 2, "each move is saved, the one that leads nowhere is none");
    const orders = (await log(page, "setChannelOrder")).map(({ args }) => args.order);
    assert.deepEqual(orders, [["email", "slack", "sms"], ["slack", "email", "sms"]]);
    await leave(page);
  });

  test("a channel is removed after one more question", async () => {
    const page = await visit("?start=signedIn&stale#/channels");
    await page.getByRole("button", { name: "Remove: Slack" }).click();
    await page.getByRole("dialog", { name: "Remove Slack?" }).getByRole("button", { name: "Cancel" }).click();
    assert.equal((await log(page, "removeChannel")).length, 0);
    await page.getByRole("button", { name: "Remove: Slack" }).click();
    await page.getByRole("dialog", { name: "Remove Slack?" }).getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog", { name: "Confirm that it is you" }).getByLabel("Password").fill("rowing past nine herons");
    await page.keyboard.press("Enter");
    await page.getByText("Slack is removed").waitFor();
    await card(page, "Slack").getByText("Not set up").waitFor();
    await leave(page);
  });

  test("who is no admin sees how the channels are, and nothing to press", async () => {
    const page = await visit("?start=signedIn&role=clerk#/tasks");
    await page.getByRole("article", { name: "A channel takes no notices" }).getByRole("button", { name: "See the channels" }).click();
    await card(page, "Slack").getByText("The service refuses the password or token: enter it anew.").waitFor();
    assert.equal(await page.getByRole("region", { name: "Channels" }).getByRole("button").count(), 0);
    await eventually(() => page.getByRole("heading", { name: "Channels" }).evaluate((one) => one.getBoundingClientRect().top < 120), "the channels are in sight");
    await leave(page);
  });
});

describe("templates", () => {
  test("words with a fault are not saved, and the fault is shown at its line", async () => {
    const page = await visit("#/templates");
    const text = page.getByLabel("Text", { exact: true });
    await page.getByRole("region", { name: /^What it makes/u }).getByText("Hello Ana López,").waitFor();
    await text.fill("{{ headline }}\n\nYour code: {{ cod }}");
    await page.getByText("Line 3: cod is not a value that a message has.").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").getByText("Not saved. Mend this first:").waitFor();
    assert.equal(await text.evaluate((one) => one.value.slice(one.selectionStart, one.selectionEnd)), "Your code: {{ cod }}", "its line is selected");
    await page.getByRole("heading", { name: /Package is in a compartment/u }).waitFor();
    await page.getByText("Not saved yet").waitFor();
    await page.keyboard.press("Delete");
    await page.getByRole("button", { name: /^code\b/u }).click();
    assert.ok(await focused(text), "one goes on typing");
    assert.equal(await text.inputValue(), "{{ headline }}\n\n{{ code }}");
    await page.getByRole("region", { name: /^What it makes/u }).getByText("1234 5678").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("These words are used from now on").waitFor();
    await page.getByRole("button", { name: "Email · Package is in a compartment · English" }).waitFor();
    const saved = (await log(page, "setTemplate")).map(({ args }) => args.template.body);
    assert.deepEqual(saved, ["{{ headline }}\n\nYour code: {{ cod }}", "{{ headline }}\n\n{{ code }}"], "the first was refused");
    await leave(page);
  });

  test("own words go back to the default, and others typed meanwhile stay", async () => {
    const page = await visit("#/templates");
    const text = page.getByLabel("Text", { exact: true });
    await text.fill("{{ headline }} and {{ code }}");
    await page.getByRole("button", { name: "Email · Reminder · English" }).click();
    await eventually(async () => (await text.inputValue()).includes("still waiting for you"), "the words that somebody wrote");
    await page.getByRole("button", { name: "Back to the default" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Back to the default" }).click();
    await page.getByText("The default is used again").waitFor();
    await eventually(async () => (await text.inputValue()).includes("{{ closing }}"), "the default");
    await page.getByText("None so far: all notices say the default.").waitFor();
    assert.deepEqual((await log(page, "setTemplate")).map(({ args }) => args.template), [null]);
    await page.getByLabel("Kind of notice").selectOption({ label: "Package is in a compartment · not saved" });
    assert.equal(await text.inputValue(), "{{ headline }} and {{ code }}");
    await page.getByRole("button", { name: "Undo changes" }).click();
    await eventually(async () => (await text.inputValue()).includes("{{ closing }}"), "as it was");
    await leave(page);
  });

  test("what is typed can be sent as a test before it is saved", async () => {
    const page = await visit("#/templates");
    await page.getByLabel("Text", { exact: true }).fill("{{ headline }}\n\n{{ code }}");
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByRole("button", { name: "Send it" }).click();
    await page.getByText("Sent. Look whether it arrived.").waitFor();
    const [{ args }] = await log(page, "testChannel");
    assert.deepEqual(args.template, { subject: "{{ headline }}", body: "{{ headline }}\n\n{{ code }}" });
    assert.equal((await log(page, "setTemplate")).length, 0);
    await page.getByLabel("Channel").selectOption({ label: "Text message (SMS)" });
    await eventually(async () => (await page.getByLabel("Subject").count()) === 0, "a text message has no subject");
    await leave(page);
  });

  test("who is no admin reads them only", async () => {
    const page = await visit("?start=signedIn&role=clerk#/templates");
    assert.equal(await page.getByLabel("Text", { exact: true }).getAttribute("readonly"), "");
    assert.equal(await page.getByRole("button", { name: "Save" }).count(), 0);
    await leave(page);
  });
});

describe("people and tasks", () => {
  test("somebody gets quiet hours, and gives them up", async () => {
    const page = await visit("#/people/person-3");
    const quiet = page.getByRole("region", { name: "Quiet hours" });
    assert.equal(await quiet.getByRole("checkbox").isChecked(), false, "off by default");
    await quiet.getByRole("checkbox").check();
    await quiet.getByLabel("Quiet from").fill("08:00");
    await quiet.getByLabel(/^Quiet until/u).fill("08:00");
    await quiet.getByRole("button", { name: "Save" }).click();
    await page.waitForFunction(() => document.querySelector('[aria-invalid="true"]'));
    await quiet.getByLabel("Quiet from").fill("21:30");
    await quiet.getByLabel("Quiet until, the next day").waitFor();
    await quiet.getByRole("button", { name: "Save" }).click();
    await page.getByText("Quiet hours saved").waitFor();
    assert.deepEqual((await log(page, "setQuietHours")).at(-1).args, { personId: "person-3", quiet: { from: "21:30", until: "08:00" } });
    await quiet.getByRole("checkbox").uncheck();
    await quiet.getByRole("button", { name: "Save" }).click();
    await page.getByText("Notices go at any hour").waitFor();
    assert.equal((await log(page, "setQuietHours")).at(-1).args.quiet, null);
    await leave(page);
  });

  test("somebody's own order of channels is made of names, and what is not known stays", async () => {
    const page = await visit("#/people/person-1");
    const own = page.getByRole("group", { name: "Told by" });
    await own.getByText("Pager 7").waitFor();
    await own.getByRole("combobox").selectOption({ label: "Slack" });
    await own.getByRole("button", { name: "Add a channel" }).click();
    await own.getByRole("button", { name: "Earlier: Slack" }).click();
    await own.getByRole("button", { name: "Take out: Email" }).click();
    await page.getByRole("button", { name: "Save" }).first().click();
    await page.getByText("Ann Okafor is saved").waitFor();
    assert.equal((await log(page, "changePerson"))[0].args.form.channel, "Pager 7, slack");
    await leave(page);
  });

  test("a clerk sees to a task, so that nobody else does, and gives it back", async () => {
    const page = await visit("?start=signedIn&role=clerk#/tasks");
    const card = page.getByRole("article", { name: "B01: look inside" });
    await card.getByRole("button", { name: "I see to it" }).click();
    await card.getByText("You see to it").waitFor();
    await card.getByRole("button", { name: "Give back" }).click();
    await card.getByRole("button", { name: "I see to it" }).waitFor();
    assert.deepEqual((await log(page, "takeTask")).map(({ args }) => args), [{ taskId: "t-1", mine: true }, { taskId: "t-1", mine: false }]);
    const others = page.getByRole("article", { name: "B07: door failed twice" });
    await others.getByText("Tom Bauer sees to it").waitFor();
    assert.equal(await others.getByRole("button", { name: "I see to it" }).count(), 0);
    await leave(page);
  });
});

describe("everybody can use it", () => {
  for (const theme of ["light", "dark", "contrast"])
    for (const language of ["en", "es"])
      test(`axe finds nothing, and nothing runs out, in ${theme}, ${language}`, async () => {
        const page = await visit("?start=signedIn#/notices", { theme, language, width: 1180 });
        const found = [];
        const look = async (what) => {
          await page.waitForTimeout(150);
          found.push(...(await axe(page)).map((violation) => `${what} ${violation}`));
          const over = await page.evaluate(() => document.querySelector("main").scrollWidth - document.querySelector("main").clientWidth);
          if (over > 0) found.push(`${what} is ${over} px too wide`);
        };
        await page.locator("main li").first().waitFor();
        await look("notices");
        await page.evaluate(() => (location.hash = "#/channels"));
        await page.locator("#channels").waitFor();
        for (const at of [1, 3, 4]) await page.locator("[data-opens=form]").nth(at).click();
        await page.locator("[data-opens=test]").first().click();
        await look("channels");
        await page.evaluate(() => (location.hash = "#/templates"));
        await page.locator("textarea").nth(1).fill("{{ cod }}");
        await page.locator("textarea[aria-invalid]").waitFor();
        await look("templates");
        await page.evaluate(() => (location.hash = "#/people/person-1"));
        await page.locator("#quiet").waitFor();
        await page.locator("section:has(#quiet) input[type=checkbox]").click();
        await look("person");
        assert.deepEqual(found, []);
        await leave(page);
      });
});
