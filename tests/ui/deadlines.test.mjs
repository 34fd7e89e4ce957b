// Taking out what has waited too long, by keyboard and scanner; and an admin who sets deadlines and sees what they
// would come to. In Chromium on the fake Rust side.
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

async function visit(query, language = "en") {
  const chosen = `localStorage.setItem("cubby.theme", "light"); localStorage.setItem("cubby.language", "${language}");`;
  const page = await open(browser, { url: `${server.url}/mailroom.html${query}`, script: chosen + script, width: 1440, height: 900 });
  page.setDefaultTimeout(8000);
  await page.locator("h1").first().waitFor();
  return page;
}
const log = (page, command) => page.evaluate((command) => window.fake.log.filter((one) => one.command === command), command);
const has = (locator) => locator.evaluate((element) => element === document.activeElement);
async function focused(locator, what) {
  await locator.waitFor();
  for (let tries = 0; tries < 80; tries++) {
    if (await has(locator)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(what);
}

describe("removals", () => {
  test("two packages go from their doors to the shelf with Enter and a scanner alone", async () => {
    const page = await visit("#/tasks");
    await page.getByText("To be taken out: 2").waitFor();
    await page.getByRole("button", { name: "Begin" }).click();
    const first = page.getByRole("button", { name: "Open A05" });
    await first.waitFor();
    const order = await page.getByRole("button", { name: /^Open [AB]\d\d$/u }).allTextContents();
    assert.deepEqual(order.map((text) => text.trim()), ["Open A05", "Open B04"], "door by door");
    await first.focus();
    for (const label of ["A05", "B04"]) {
      await focused(page.getByRole("button", { name: `Open ${label}` }), `${label} is next`);
      await page.keyboard.press("Enter");
      await page.getByText(`${label} is open`).waitFor();
      await page.evaluate((label) => window.fake.shut(label), label);
      const place = page.getByRole("textbox", { name: "Scan the place on the shelf" });
      await focused(place, "what is in one's hands waits for its shelf");
      await page.evaluate((place) => window.fake.scan(place), `R-${label}`);
      await page.getByText(new RegExp(`on shelf R-${label}, and told so`, "u")).waitFor();
    }
    await page.getByText("Nothing is to be taken out").waitFor();
    const shelved = (await log(page, "shelve")).map(({ args }) => args.place);
    assert.deepEqual(shelved, ["R-A05", "R-B04"]);
    assert.equal((await log(page, "removal")).length, 2, "each door once");
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("a label scanned too early puts nothing away; a typed place does", async () => {
    const page = await visit("#/removals");
    await page.getByRole("button", { name: "Open A05" }).waitFor();
    await page.evaluate(() => window.fake.scan("R-1"));
    await page.getByText("First take a package out").waitFor();
    assert.equal((await log(page, "shelve")).length, 0);
    await page.getByRole("button", { name: "Open B04" }).click();
    await page.getByText("B04 is open").waitFor();
    await page.evaluate(() => window.fake.shut("B04"));
    await page.getByRole("textbox", { name: "Scan the place on the shelf" }).fill("C-7");
    await page.keyboard.press("Enter");
    await page.getByText(/on shelf C-7, and told so/u).waitFor();
    assert.equal((await log(page, "shelve")).length, 1);
    await page.keyboard.press("Escape");
    await page.waitForURL(/#\/tasks$/u);
    await page.context().close();
  });

  test("a door that does not open can be tried again or left", async () => {
    const page = await visit("#/removals");
    await page.evaluate(() => window.fake.outcome("jams"));
    await page.getByRole("button", { name: "Open A05" }).click();
    await page.getByText("A05 did not open").waitFor();
    await page.getByRole("button", { name: "Try again" }).waitFor();
    await page.getByRole("button", { name: "Leave it" }).click();
    await page.getByRole("button", { name: "Open A05" }).waitFor();
    await page.context().close();
  });
});

describe("settings", () => {
  test("an admin changes a deadline, sees what it comes to, and saves it", async () => {
    const page = await visit("#/settings");
    const section = page.getByRole("region", { name: "Deadlines" });
    await section.getByText("A package stored now:").first().waitFor();
    assert.equal(await section.getByText(/its recipient is reminded on \p{L}+,? /u).count(), 3, "for every package and each exception");
    const removal = section.getByLabel("Removal after").first();
    await removal.fill("10");
    await section.getByText(/out of range|smaller or larger|allowed/u).first().waitFor();
    await removal.fill("96");
    await section.getByLabel("Add an exception").selectOption({ label: "Size: Oversize" });
    await section.getByText("Size: Oversize", { exact: true }).first().waitFor();
    await section.getByLabel("Escalation goes to").selectOption({ label: "Everybody in the group Front desk" });
    await section.getByLabel("Day off").fill("2027-01-06");
    await section.getByRole("button", { name: "Add", exact: true }).click();
    await section.getByText("Wed, January 6, 2027").or(section.getByText("Wed, 6 January 2027")).first().waitFor();
    await section.getByRole("button", { name: "Save" }).click();
    await page.getByText("Deadlines saved").waitFor();
    const [{ args }] = await log(page, "setDeadlines");
    assert.deepEqual(args.deadlines.site, { unit: "hours", reminder: 24, escalation: 48, removal: 96 });
    assert.deepEqual(args.deadlines.rules.at(-1).which, { kind: "size", size: "oversize" });
    assert.deepEqual(args.deadlines.escalateTo, { kind: "team", teamId: "team-1" });
    assert.deepEqual(args.deadlines.business.holidays, ["2026-12-08", "2026-12-25", "2027-01-06"]);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("what is wrong with the calendar is said where it stands, and nothing is saved", async () => {
    const page = await visit("#/settings", "es");
    const section = page.getByRole("region", { name: "Plazos" });
    const zone = section.getByLabel("Zona horaria");
    await zone.fill("Nowhere");
    await zone.blur();
    await page.waitForFunction(() => document.querySelector('[aria-invalid="true"]'));
    assert.equal(await zone.getAttribute("aria-invalid"), "true");
    await section.getByRole("button", { name: "Guardar" }).click();
    assert.equal(await zone.getAttribute("aria-invalid"), "true");
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});
