// The mailroom's pictures for docs/screens: its pages at the desk's size, the intake in two moments, one in dark,
// one in Spanish and narrow. Called by screens.mjs with a page that begins where it is told to.
const people = { anna: "ann" };

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
  const proposed = async (page) => {
    await scanned(page);
    await chosen(page, people.anna);
  };
  await on("intake-proposal", "", proposed);
  await on("intake-look", "", async (page) => {
    await page.evaluate(() => window.fake.outcome("silent"));
    await proposed(page);
    await page.keyboard.press("Enter");
    await page.locator("article.ask").waitFor();
  });
  await on("packages", "#/packages");
  await on("package", "#/packages/p-9");
  await on("banks", "#/banks/c-A05");
  await on("banks-locked", "#/banks/c-A02", async (page) => {
    await page.evaluate(() => window.fake.wrongDoor());
    await page.locator(".frame.locked").waitFor();
  });
  await on("tasks", "#/tasks");
  await on("removals", "#/removals");
  await on("notices", "#/notices");
  await on("person", "#/people/person-6");
  await on("settings", "#/settings");
  await on("channels", "#/channels", (page) => page.locator("#channels").waitFor());
  await on("templates", "#/templates", (page) => page.locator("textarea").first().waitFor());
  await on("staff", "#/staff");
  await on("account", "#/account");
  await on("locked", "?locked");
  await on("first-run-bank", "?start=firstRun", async (page) => {
    await page.locator("button[type=submit]").click();
    await page.locator("button.cell").first().waitFor();
  });
  await on("banks-dark", "#/banks/c-B01", undefined, { theme: "dark" });
  await on("intake-es", "", proposed, { width: 1180, language: "es" });
}
