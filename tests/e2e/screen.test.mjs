// Fault 40: the web view crashes, freezes or grows while people stand before it. Doors are watched all the same, the
// window comes back by itself and shows what is true.
import assert from "node:assert/strict";
import { difference, story } from "./support/story.mjs";
import { grace, room, stored } from "./support/room.mjs";
import { until } from "./support/webdriver.mjs";

const tracking = "JD014600004522310999";
const signal = (pids, name) => {
  for (const pid of pids) process.kill(pid, name);
};

/** The kiosk with a package fetched from it, up to the open door. */
async function doorOpen(world, ...role) {
  const the = await room(world, {}, {}, { withAdmin: true });
  const kept = await stored(the, await the.node.person(grace), grace.email, tracking, "A01");
  await the.node.stop("SIGTERM");
  const app = await world.open("--data", world.data, ...role);
  await app.shown(1);
  await app.kiosk.see("Pick up your package");
  for (const digit of kept.code) await app.kiosk.press(digit);
  assert.equal(await the.board.opened(), kept.channel);
  await app.kiosk.see("Door A01 is open");
  return { ...the, ...kept, app };
}

/** The screen once it shows what the page says: two frames on, and still. */
async function drawn(world, page) {
  await page.run(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))));
  let last = world.picture();
  await until(() => {
    const before = last;
    last = world.picture();
    return difference(before, last) === 0;
  }, { what: "the screen to be still" });
  return last;
}

/** What stands in the record afterwards: collected, in a chain that holds. */
async function collected(world, app, id) {
  await app.kill();
  const node = await world.serve();
  await node.comes(id, "collected");
  const kinds = (await node.events()).map(({ kind }) => kind);
  await node.stop("SIGTERM");
  assert.match(await world.cubby("check", "--data", world.data), /^ok: \d+ events, the chain holds/);
  return kinds;
}

story("fault_40_killed: the pages are killed while a door is open, the pickup ends as it should", async (world) => {
  const { board, app, id, channel } = await doorOpen(world, "--role", "both");
  const before = app.pages();
  assert.equal(before.length, 2);
  signal(before, "SIGKILL");
  await board.shut(channel);
  await app.shown(2);
  await until(() => app.pages().length === 2, { what: "both pages to be back" });
  assert.ok(app.pages().every((pid) => !before.includes(pid)));
  assert.match(app.log, /window is made anew window="kiosk" why=Lost/);
  assert.match(app.log, /window is made anew window="mailroom" why=Lost/);
  const kinds = await collected(world, app, id);
  assert.equal(kinds.filter((kind) => kind === "opening.decided").length, 2, "one for the deposit, one for the pickup");
  assert.equal(board.openings().length, 2);
});

story("fault_40_true_state: the page made anew shows the door that is still open", async (world) => {
  const { board, app, id, channel } = await doorOpen(world, "--role", "kiosk");
  const open = await drawn(world, app.kiosk);
  signal(app.pages(), "SIGKILL");
  await app.shown(2);
  // Not to the last pixel: a pointer hovers, a cursor blinks.
  await until(() => difference(open, world.picture()) < 0.015, { what: "the same picture to be back" });
  await board.shut(channel);
  await until(() => difference(open, world.picture()) > 0.03, { what: "another picture" });
  await collected(world, app, id);
});

story("fault_40_frozen: a frozen page is noticed by its silence, and the only window may go and come", async (world) => {
  const { board, app, id, channel } = await doorOpen(world, "--role", "kiosk");
  const frozen = app.pages();
  signal(frozen, "SIGSTOP");
  await board.shut(channel);
  await app.shown(2, 40);
  assert.match(app.log, /window is made anew window="kiosk" why=Silent/);
  await until(() => !app.pages().some((pid) => frozen.includes(pid)), { what: "the frozen process to be gone" });
  assert.equal(app.pages().length, 1);
  await collected(world, app, id);
});

story("fault_40_gives_up: a page that dies again and again ends the program, for whoever starts it again", async (world) => {
  const { board, app, id, channel } = await doorOpen(world, "--role", "kiosk");
  const pid = app.pid();
  for (let times = 1; times <= 4; times++) {
    await app.shown(times);
    await until(() => app.pages().length === 1, { what: "one page" });
    signal(app.pages(), "SIGKILL");
  }
  await app.ended(pid);
  assert.match(app.log, /the program ends, to be started again/);
  // Started again, it finds the door as it stands.
  const node = await world.serve();
  await board.shut(channel);
  await node.comes(id, "collected");
});

story("fault_40_memory: pages that hold too much are made anew when nobody is there", async (world) => {
  world.env.CUBBY_PAGE_MEMORY_MIB = "1";
  const { board, app, channel } = await doorOpen(world, "--role", "kiosk");
  const [heavy] = app.pages();
  const visit = app.log.length;
  await board.shut(channel);
  await app.kiosk.press("I'm done");
  await app.shown(2, 60);
  assert.match(app.log.slice(visit), /window is made anew window="kiosk" why=Memory/);
  assert.ok(!app.pages().includes(heavy));
});
