// What the journeys stand on: the built UI served on loopback under the product's CSP, a Chromium to walk
// it, the fake backend put into each page before its own scripts, and axe. Nothing of it ships.
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";
import { browser } from "./browsers.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const dist = join(root, "ui/dist");
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml" };
export const csp = "default-src 'self'; style-src 'self'; connect-src 'self' ipc: http://ipc.localhost";

/** Serve ui/dist as it is now, whatever is built meanwhile; resolves to { url, close }. */
export async function serve() {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = new Map(await Promise.all(paths.map(async (path) => [`/${relative(dist, path)}`, await readFile(path)])));
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    const body = files.get(path);
    if (path === "/favicon.ico") return response.writeHead(204).end();
    if (!body) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream", "content-security-policy": csp }).end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((done) => server.close(done)) };
}

export function launch() {
  return chromium.launch({
    executablePath: browser(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });
}

/** One file of tests/ui/fake as a classic script: it sets window.__TAURI_INTERNALS__ and window.fake. */
export async function fake(name) {
  const { output } = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: false,
      lib: { entry: join(root, "tests/ui/fake", `${name}.ts`), formats: ["iife"], name: "fakeBackend" },
    },
  }).then((built) => (Array.isArray(built) ? built[0] : built));
  return output[0].code;
}

/** A page whose faults are collected: errors of scripts, and anything the CSP refused. */
export async function open(browser, { url, script, width, height, clock = false, ...context }) {
  const visit = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce", ...context });
  visit.setDefaultTimeout(8000);
  const page = await visit.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (line) => line.type() === "error" && page.faults.push(line.text()));
  if (clock) await page.clock.install({ time: new Date("2026-11-16T09:41:00") });
  await page.addInitScript({ content: script });
  await page.goto(url);
  await page.evaluate(() => document.fonts.ready.then(() => true));
  return page;
}

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe has against the page, in a readable form: an empty list is well. */
export async function axe(page) {
  await page.evaluate(`window.axe === undefined && (() => { ${axeSource} })()`);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.any.map((a) => a.message).join("; ")}`));
  });
}

/** What can be pressed and is smaller than it must be, in CSS pixels. */
export function smallTargets(page, least) {
  return page.evaluate((least) => {
    const seen = [...document.querySelectorAll("button, a[href], input, select, [role=button]")].filter((e) => e.checkVisibility());
    return seen.map((e) => ({ name: e.textContent.trim() || e.getAttribute("aria-label"), box: e.getBoundingClientRect() }))
      .filter(({ box }) => box.width < least || box.height < least)
      .map(({ name, box }) => `${name}: ${Math.round(box.width)} × ${Math.round(box.height)}`);
  }, least);
}

/** What can't be read or pressed where it is: off the page, cut off in its box, or under something else. */
export function outOfPlace(page) {
  return page.evaluate(() => {
    const name = (e) => `${e.tagName.toLowerCase()} "${(e.textContent.trim() || e.getAttribute("aria-label") || e.className).slice(0, 40)}"`;
    const shown = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility() && !e.closest(".visually-hidden"));
    const wrong = [];
    const solid = shown("button:not([aria-hidden]), h1, h2, p, li, .boxes").filter((e) => !e.parentElement.closest("button, p, li"));
    const boxes = solid.map((e) => [e, e.getBoundingClientRect()]);
    for (const [e, box] of boxes) {
      if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1) wrong.push(`${name(e)} leaves the page`);
      if (e.scrollWidth > e.clientWidth + 2 || (e.tagName === "BUTTON" && e.scrollHeight > e.clientHeight + 2)) wrong.push(`${name(e)} is cut off`);
    }
    const layer = (e) => e.closest("[role=alertdialog], [role=dialog]");
    boxes.forEach(([a, one], at) => {
      for (const [b, two] of boxes.slice(at + 1)) {
        if (a.contains(b) || b.contains(a) || layer(a) !== layer(b)) continue;
        const over = Math.min(one.right, two.right) - Math.max(one.left, two.left) > 2 && Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 2;
        if (over) wrong.push(`${name(a)} and ${name(b)} overlap`);
      }
    });
    return wrong;
  });
}

/** What one would have to reach up for: anything pressed that begins in the upper half. */
export function aboveMiddle(page) {
  return page.evaluate(() => {
    const pressed = [...document.querySelectorAll("button:not([aria-hidden])")].filter((one) => one.checkVisibility());
    return pressed.filter((one) => one.getBoundingClientRect().top < innerHeight / 2).map((one) => one.textContent.trim() || one.ariaLabel);
  });
}
