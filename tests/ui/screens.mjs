// node tests/ui/screens.mjs [kiosk|mailroom …]: pictures of the built UI into docs/screens, on the fake backend.
// Arguments after a window's name keep only the pictures whose name contains one of them.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fake, launch, open, serve } from "./support.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = fileURLToPath(new URL("../../docs/screens/", import.meta.url));
const [only, ...parts] = process.argv.slice(2);

if (!only) await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const windows = (await readdir(here)).flatMap((file) => file.match(/^screens-(\w+)\.mjs$/)?.[1] ?? []).filter((name) => !only || name === only);
const server = await serve();
const browser = await launch();
try {
  for (const name of windows) {
    const { html, take } = await import(join(here, `screens-${name}.mjs`));
    const script = await fake(name);
    /** Opens a fresh page, brings it where it should be, pictures it. */
    const visit = async (picture, size, bring) => {
      if (parts.length > 0 && !parts.some((part) => picture.includes(part))) return;
      const page = await open(browser, { url: `${server.url}/${html}`, script, ...size, clock: true });
      await bring(page);
      await page.screenshot({ path: join(folder, `${picture}.png`) });
      await page.context().close();
      process.stdout.write(`${picture}\n`);
    };
    await take({ visit });
  }
} finally {
  await browser.close();
  await server.close();
}
