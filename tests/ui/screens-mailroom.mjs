// The mailroom's pictures for docs/screens: every page at the desk's size, the intake in its moments, and the
// corners of theme, language and width. Called by screens.mjs with a page that begins where it is told to.
const people = { anna: "ann", long: "konst" };

async function scanned(page, number = "1Z999AA10123456999") {
  await page.getByLabel("Tracking number").or(page.getByLabel("Número de seguimiento")).fill(number);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "combobox");
}

async function chosen(page, query) {
  await page.keyboard.type(query);
  await page.locator("[role=option]").first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator("button.go").waitFor();
}

export const html = "mailroom.html";

export async function take({ visit }) {
  const on = (name, query, steps, { theme = "light", language = "en", width = 1440, height = 900 } = {}) =>
    visit(`mailroom-${name}`, { width, height }, async (page) => {
      await page.evaluate(([theme, language]) => {
        localStorage.setItem("cubby.theme", theme);
        localStorage.setItem("cubby.language", language);
      }, [theme, language]);
      await page.goto(page.url().replace(/[?#].*$/u, "") + (query.startsWith("?") ? query : `?again${query}`));
      await page.locator("main").first().waitFor();
      await steps?.(page);
      await page.waitForTimeout(150);
    });
  await on("intake-empty", "?empty");
  await on("intake-search", "", async (page) => {
    await scanned(page);
    await page.keyboard.type(people.anna);
    await page.locator("[role=option]").first().waitFor();
  });
  const proposed = async (page) => {
    await scanned(page);
    await chosen(page, people.anna);
  };
  await on("intake-proposal", "", proposed);
  await on("intake-door-open", "", async (page) => {
    await proposed(page);
    await page.keyboard.press("Enter");
    await page.locator("article.open").waitFor();
    await scanned(page, "JD014600004522319999");
  });
  await on("intake-look", "", async (page) => {
    await page.evaluate(() => window.fake.outcome("silent"));
    await proposed(page);
    await page.keyboard.press("Enter");
    await page.locator("article.ask").waitFor();
  });
  await on("intake-duplicate", "", async (page) => {
    await scanned(page, "1Z48227745");
    await scanned(page, "1Z999AA10123456785");
    await page.keyboard.type(people.long);
    await page.locator("[role=option]").first().waitFor();
  });
  await on("intake-shelf", "", async (page) => {
    await proposed(page);
    await page.keyboard.press("Alt+x");
    await page.getByText("Shelf", { exact: true }).waitFor();
  });
  await on("packages", "#/packages");
  await on("package", "#/packages/p-3");
  await on("package-collected", "#/packages/p-20");
  await on("hand-over", "#/packages/p-0", async (page) => {
    await page.keyboard.press("Alt+j");
    await page.getByRole("dialog").waitFor();
    await page.getByText("Another person").click();
    await page.getByRole("combobox", { name: "Find the person" }).fill("a");
    await page.locator("[role=option]").first().waitFor();
  });
  await on("banks", "#/banks/c-A05");
  await on("banks-offline", "#/banks", (page) => page.evaluate(() => window.fake.plug(false)));
  await on("tasks", "#/tasks");
  await on("tasks-none", "?empty#/tasks");
  await on("people", "#/people");
  await on("person", "#/people/person-6");
  await on("settings", "#/settings");
  await on("virtual", "#/virtual");
  await on("sign-in", "?start=signIn");
  await firstRun(on);
  for (const theme of ["dark", "contrast"]) {
    await on(`intake-${theme}`, "", proposed, { theme });
    await on(`banks-${theme}`, "#/banks/c-B01", undefined, { theme });
    await on(`packages-${theme}`, "#/packages", undefined, { theme });
  }
  await on("intake-es", "", proposed, { language: "es" });
  await on("package-es", "#/packages/p-3", undefined, { language: "es" });
  await on("intake-1180", "", proposed, { width: 1180, language: "es" });
  await on("packages-1180", "#/packages", undefined, { width: 1180 });
  await on("banks-1180", "#/banks/c-C03", undefined, { width: 1180 });
}

async function firstRun(on) {
  const next = (page) => page.locator("button[type=submit]").click();
  const toBank = async (page) => {
    await next(page);
    await page.locator("button.cell").first().waitFor();
  };
  const toAdmin = async (page) => {
    await toBank(page);
    await page.getByLabel("Name of the site").fill("Head office");
    await page.getByLabel("Name of the bank").fill("North lobby");
    await next(page);
  };
  await on("first-run", "?start=firstRun");
  await on("first-run-ports", "?start=firstRun", (page) => page.getByText("Connect a lock board").click());
  await on("first-run-bank", "?start=firstRun", toBank);
  await on("first-run-admin", "?start=firstRun", async (page) => {
    await toAdmin(page);
    await page.getByLabel("Password", { exact: true }).fill("too short");
    await next(page);
  });
  await on("first-run-review", "?start=firstRun", async (page) => {
    await toAdmin(page);
    await page.getByLabel("Name").fill("Ada Admin");
    await page.getByLabel("Email", { exact: true }).fill("ada@example.com");
    await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
    await next(page);
    await next(page);
  });
}
