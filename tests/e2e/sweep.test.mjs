// fault_05, fault_06, fault_07: the real program is killed, or a call of it fails, at one system call after another
// while a package goes in, is told of again and is fetched. Each time it is started again, and doors, frames and
// record are held against each other. The board is not ours and writes down every frame it gets.
//
// A bounded part runs with every test; `npm run proof` tries them all (CUBBY_SWEEP sets how many points of each kind).
import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { grace, room } from "./support/room.mjs";
import { story } from "./support/story.mjs";
import { Strace } from "./support/strace.mjs";
import { until } from "./support/webdriver.mjs";

const points = Number(process.env.CUBBY_SWEEP ?? 3);
// The long part tries one call after another until the day has no more, the short one some that are spread over it.
const range = 60;
const tried = Array.from({ length: points }, (_, n) => 1 + Math.floor((n * Math.max(range, points)) / points));

const database = (world) => ["cubby.db", "cubby.db-wal"].map((name) => join(world.data, name));
const kinds = {
  "fault_05 killed at a call on the database": (world) => ({ calls: "pwrite64,fdatasync,fsync,ftruncate", what: "signal=KILL", path: database(world) }),
  "fault_05 killed at a write to the board": (_, board) => ({ calls: "write", what: "signal=KILL", path: realpathSync(board.port) }),
  "fault_06 a sync that fails": (world) => ({ calls: "fdatasync,fsync", what: "error=EIO", path: database(world) }),
  "fault_07 a write without space": (world) => ({ calls: "pwrite64", what: "error=ENOSPC", path: database(world) }),
};

class Gone extends Error {}

/** Everything that people do, until the program is gone or says that it is out of service. */
async function day({ board, node }, person, number, said) {
  const shut = async (opening) => {
    const door = await until(() => {
      if (node.gone()) throw new Gone();
      return board.standing()[0];
    }, { what: "a door to open", seconds: 8 });
    await node.opening(opening.id, "open");
    await board.shut(door);
    await node.opening(opening.id, "closed");
  };
  const id = (said.id = await node.package(person, number));
  await shut(await node.deposit(id));
  said.state = (await node.comes(id, "stored")).state;
  await node.ask("POST", `/packages/${id}/codes`);
  const [pickup] = await node.pickUp({ badge: grace.badge });
  await shut(pickup);
  said.state = (await node.comes(id, "collected")).state;
}

/** So many tries share a room: doors that nobody can vouch for stay as they are, until none is left. */
const share = 4;
const rooms = Array.from({ length: Math.ceil(tried.length / share) }, (_, n) => tried.slice(n * share, (n + 1) * share));

const ended = new Set();
for (const [name, fault] of Object.entries(kinds)) for (const tried of rooms) {
  story(rooms.length > 1 ? `${name}, from the ${tried[0]}. on` : name, async (world) => {
    if (ended.has(name)) return console.log(`${name}: the day has no more calls`);
    let { board, node } = await room(world);
    const person = await node.person(grace);
    let hit = 0;
    for (const at of tried) {
      const { calls, what, path } = fault(world, board);
      const before = { events: (await node.events()).length, frames: board.openings().length };
      const said = {};
      const strace = await Strace.on(node.pid, { inject: `${calls}:${what}:when=${at}`, path, calls });
      const refused = await day({ board, node }, person, `T${at}`, said).then(() => undefined, (error) => error);
      const kills = what.includes("KILL");
      if (refused && kills) await until(() => node.gone(), { what: `call ${at}: the program to be gone after: ${refused.message}` });
      const injected = kills ? node.gone() : strace.hits().length > 0;
      await strace.stop();
      await node.stop();
      await until(() => board.settled(), { what: "the lock that was told to open last" });
      // Whoever stood at an open door takes or leaves what they came for, and shuts it.
      for (const door of board.standing()) await board.shut(door);
      const frames = board.openings().length;

      node = await world.serve();
      await node.doors("closed");
      assert.match(await world.cubby("check", "--data", world.data), /^ok: /, `call ${at}`);
      assert.equal(board.openings().length, frames, `call ${at}: a start sends nothing`);
      const events = await node.events();
      assert.ok(events.length >= before.events, `call ${at}: nothing that was told is lost`);
      const decided = events.slice(before.events).filter(({ kind }) => kind === "opening.decided").length;
      assert.ok(frames - before.frames <= decided, `call ${at}: ${frames - before.frames} frames for ${decided} decisions`);
      if (said.id) {
        const { state } = await node.get(`/packages/${said.id}`);
        const after = { received: ["received", "stored", "collected"], stored: ["stored", "collected"], collected: ["collected"] };
        assert.ok(after[said.state ?? "received"].includes(state), `call ${at}: ${said.state} was told, ${state} is found`);
        await putAway({ board, node }, said.id, state);
      }
      if (injected) hit += 1;
      else assert.equal(refused, undefined, `call ${at}: nothing was put in, and yet`);
    }
    console.log(`${name}: ${hit} of ${tried.length} calls were hit, and doors, frames and record agreed after each`);
    if (hit === 0) ended.add(name);
    // Later ones may be beyond the last call of the day.
    if (tried === rooms[0]) assert.ok(hit > 0, "no call was hit");
  }, { seconds: 60 + tried.length * 40 });
}

/** Frees the door for the next try. A door nobody can vouch for is looked into by staff, so it may stay as it is. */
async function putAway({ board, node }, id, state) {
  if (state !== "stored") return;
  const { status, body } = await node.ask("POST", "/kiosk/pickups", { badge: grace.badge });
  assert.equal(status, 202, JSON.stringify(body));
  for (const opening of body.openings) {
    const door = await until(() => board.standing()[0], { what: "a door to open", seconds: 8 });
    await node.opening(opening.id, "open");
    await board.shut(door);
  }
  await node.comes(id, "collected");
}
