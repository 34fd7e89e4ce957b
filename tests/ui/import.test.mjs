// Taking people in at the mailroom, in Chromium on the fake Rust side: a list is chosen, looked at, and then taken.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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

async function visit({ theme = "light", language = "en", query = "" } = {}) {
  const chosen = `localStorage.setItem("cubby.theme", "${theme}"); localStorage.setItem("cubby.language", "${language}");`;
  const page = await open(browser, { url: `${server.url}/mailroom.html${query}#/people/import`, script: chosen + script, width: 1440, height: 900 });
  await page.locator("h1").first().waitFor();
  return page;
}
const log = (page, command) => page.evaluate((command) => window.fake.log.filter((one) => one.command === command).map(({ args }) => args), command);
const choose = (page, name, bytes) => page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.alloc(bytes, "a") });

test("a list goes over in pieces, is looked at, and changes nobody before that is said", async () => {
  const page = await visit();
  await choose(page, "people.csv", 2_500_000);
  await page.getByRole("heading", { name: "What will change" }).waitFor();
  assert.deepEqual((await log(page, "importBytes")).map(({ base64 }) => Buffer.from(base64, "base64").length), [1_048_576, 1_048_576, 402_848]);
  await page.getByText("The mail address of another line. (line 4)").waitFor();
  await page.getByText("Max Lind").waitFor({ state: "attached" });
  assert.deepEqual(await log(page, "importApply"), []);
  await page.getByRole("button", { name: "Take them in" }).click();
  await page.getByRole("heading", { name: "Taking people in" }).waitFor();
  await page.getByRole("heading", { name: "Taken in" }).waitFor();
  assert.equal((await log(page, "importApply")).length, 1);
  await page.locator("input[type=file]").waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("a file without a column to know people by asks which one it is", async () => {
  const page = await visit();
  await choose(page, "nokey.csv", 100);
  await page.getByText("No column to know people by").waitFor();
  await page.getByRole("row", { name: /Cost centre/u }).getByRole("combobox").selectOption({ label: "Staff number (the key)" });
  await page.getByRole("heading", { name: "What will change" }).waitFor();
  const { columns } = (await log(page, "importRead")).at(-1).options;
  assert.equal(columns["Cost centre"], "external_id");
  await page.context().close();
});

test("most of the people leaving asks once more; an empty file and a cancelled one change nothing", async () => {
  const page = await visit();
  await choose(page, "people.csv", 100);
  await page.getByText("The list is whole.").click();
  await page.getByText("61 of 112 people would have left.").waitFor();
  await page.getByRole("button", { name: "It is right" }).click();
  await page.getByText("61 left").waitFor();
  await page.getByRole("button", { name: "Change nothing" }).click();
  await choose(page, "empty.csv", 0);
  await page.getByText("There is nobody in the file").waitFor();
  assert.deepEqual(await log(page, "importApply"), []);
  await page.context().close();
});

test("the company directory is read on request", async () => {
  const page = await visit();
  await page.getByRole("button", { name: "Read it now" }).click();
  await page.getByRole("heading", { name: "What will change" }).waitFor();
  assert.deepEqual(await log(page, "syncRead"), [{ manyLeavers: false }]);
  await page.context().close();
});

test("axe finds nothing in the preview, in every theme and language", async () => {
  for (const theme of ["light", "dark", "contrast"])
    for (const language of ["en", "es"]) {
      const page = await visit({ theme, language });
      assert.deepEqual(await axe(page), [], `${theme} ${language} at the start`);
      await choose(page, "people.csv", 100);
      await page.locator("#import-preview").waitFor();
      assert.deepEqual(await axe(page), [], `${theme} ${language}`);
      await page.context().close();
    }
});
