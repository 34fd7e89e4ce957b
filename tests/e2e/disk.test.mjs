// The disk as it really fails: full, without a sync, read-only, gone bad. The real node, a board at the end of a
// serial port that shares nothing with it, and the faults put in below the program.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { closeSync, cpSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { binary } from "./support/app.mjs";
import { edsger, grace, room, stored, unlock } from "./support/room.mjs";
import { story } from "./support/story.mjs";
import { Strace } from "./support/strace.mjs";
import { until } from "./support/webdriver.mjs";

const MiB = 2 ** 20;
const database = (world) => ["cubby.db", "cubby.db-wal"].map((name) => join(world.data, name));
const wal = (world) => join(world.data, "cubby.db-wal");
const intake = (recipient_id, tracking_number) => ({ tracking_number, recipient_id, size: "S", handling: [] });
const outOfService = async (node, asked) => {
  const { status, body } = await asked;
  assert.deepEqual([status, body.code], [503, "outOfService"], JSON.stringify(body));
};

/** The data folder on a file system of its own, which is as big as `size`. Needs no rights but those to a namespace. */
const onSmallDisk = (world, size) => {
  const seed = join(world.folder, "seed");
  cpSync(world.data, seed, { recursive: true });
  const script = 'mount -t tmpfs -o "size=$1" none "$2" && cp -a "$3"/. "$2"/ && shift 3 && exec "$@"';
  return ["unshare", "-rm", "sh", "-c", script, "sh", size, world.data, seed];
};

story("fault_07 a disk that is really full: nothing is taken in, what is there is fetched, and then it goes on", async (world) => {
  const [board, mail] = [await world.board(), await world.mailServer()];
  await world.site({ port: board.port, mail });
  const token = await world.token("admin");
  const node = await world.serve({ before: onSmallDisk(world, "110m") });
  node.token = token;
  const inside = (name = "") => join("/proc", `${node.pid}`, "root", world.data, name);
  // The folder moved onto the small disk holds the token, too.
  const person = await node.person(grace);
  const [one, two] = [await stored({ board, mail, node }, person, grace.email, "T1"), await stored({ board, mail, node }, await node.person(edsger), edsger.email, "T2")];
  const shelved = await node.package(person, "T3");
  await until(() => statSync(inside("reserve")).size === 32 * MiB, { what: "the reserve" });

  const filler = openSync(inside("filler"), "w");
  for (let size = 4 * MiB; size >= 1; ) {
    try { writeSync(filler, Buffer.alloc(size, 1)); } catch (error) {
      assert.equal(error.code, "ENOSPC");
      size /= 4;
    }
  }
  closeSync(filler);
  const { status, body } = await node.ask("POST", "/packages", intake(person, "T4"));
  assert.deepEqual([status, body.code], [507, "diskLow"], JSON.stringify(body));
  assert.match(body.detail, /free some space/);

  for (const { code, channel, id } of [one, two]) {
    const [pickup] = await node.pickUp({ code });
    assert.equal(await board.opened(), channel);
    await node.opening(pickup.id, "open");
    await board.shut(channel);
    await node.comes(id, "collected");
    await node.ask("DELETE", "/kiosk");
  }
  await until(async () => (await node.events()).find((event) => event.kind === "task.raised" && JSON.stringify(event).includes("disk_low")), { what: "staff to be told" });
  assert.ok(!existsSync(inside("reserve")), "the reserve is given back");
  assert.equal((await node.ask("POST", `/packages/${shelved}/deposit`)).status, 507);

  rmSync(inside("filler"));
  await until(async () => (await node.ask("POST", "/packages", intake(person, "T5"))).status === 201, { what: "intake to go on", seconds: 20 });
  await until(() => statSync(inside("reserve")).size === 32 * MiB, { what: "the reserve, again" });
  assert.match(await world.cubby("check", "--data", inside()), /^ok: /);
});

story("fault_07 a write that fails for want of space is made again once there is room, and the door opens once", async (world) => {
  const { board, mail, node } = await room(world);
  const person = await node.person(grace);
  const { code, channel, id } = await stored({ board, mail, node }, person, grace.email, "T1");
  await until(() => statSync(join(world.data, "reserve")).size === 32 * MiB, { what: "the reserve" });
  const frames = board.openings().length;
  const fault = await Strace.on(node.pid, { inject: "pwrite64:error=ENOSPC:when=1", path: wal(world), present: true });
  const [pickup] = await node.pickUp({ code });
  assert.equal(await board.opened(), channel);
  assert.equal(fault.hits().length, 1, fault.hits().join("\n"));
  await fault.stop();
  await node.opening(pickup.id, "open");
  await board.shut(channel);
  await node.comes(id, "collected");
  assert.equal(board.openings().length, frames + 1);
  assert.match(await world.cubby("check", "--data", world.data), /^ok: /);
});

for (const [name, inject] of [["a sync that fails", "fdatasync,fsync:error=EIO"], ["a disk that became read-only", "pwrite64:error=EROFS"]]) {
  story(`fault_06 ${name}: no door moves, nothing is written again, and a new start goes on`, async (world) => {
    let { board, mail, node } = await room(world);
    const person = await node.person(grace);
    const { code, channel, id } = await stored({ board, mail, node }, person, grace.email, "T1");
    const frames = board.openings().length;
    const fault = await Strace.on(node.pid, { inject, path: database(world), calls: "pwrite64,write,fdatasync,fsync,ftruncate" });
    await outOfService(node, node.ask("POST", "/kiosk/pickups", { code }));
    await outOfService(node, node.ask("POST", "/packages", intake(person, "T2")));
    await board.pull(channel);
    await board.shut(channel);
    await outOfService(node, node.ask("POST", "/kiosk/pickups", { code }));
    const calls = fault.calls();
    const first = calls.findIndex((line) => line.includes("(INJECTED)"));
    assert.ok(first >= 0, "the fault was hit");
    assert.deepEqual(calls.slice(first + 1), [], "nothing is written to a file that failed");
    await fault.stop();
    // The disk is well again: this process does not know what is on it.
    await outOfService(node, node.ask("POST", "/kiosk/pickups", { code }));
    assert.match(node.log, /no door moves any more/);
    assert.equal(board.openings().length, frames);
    assert.equal((await node.get(`/packages/${id}`)).state, "stored", "it can still be read");
    await node.stop();

    node = await world.serve();
    assert.match(await world.cubby("check", "--data", world.data), /^ok: /);
    assert.equal(board.openings().length, frames, "nothing is sent by itself");
    const [pickup] = await node.pickUp({ code });
    assert.equal(await board.opened(), channel);
    await node.opening(pickup.id, "open");
    await board.shut(channel);
    await node.comes(id, "collected");
  });
}

story("fault_06 a door that stands open when the disk fails is settled by the next start", async (world) => {
  let { board, mail, node } = await room(world);
  const person = await node.person(grace);
  const { code, channel, id } = await stored({ board, mail, node }, person, grace.email, "T1");
  const [pickup] = await node.pickUp({ code });
  await board.opened();
  await node.opening(pickup.id, "open");
  const frames = board.openings().length;
  const fault = await Strace.on(node.pid, { inject: "fdatasync,fsync:error=EIO", path: database(world) });
  await board.shut(channel);
  await until(() => fault.hits().length > 0, { what: "the shut door to be recorded, in vain" });
  await until(() => /no door moves any more/.test(node.log), { what: "the node to say so" });
  assert.equal((await node.get(`/packages/${id}`)).state, "stored", "what is not recorded is not said");
  await fault.stop();
  await node.stop();

  node = await world.serve();
  await node.comes(id, "collected");
  assert.equal(board.openings().length, frames);
  assert.match(await world.cubby("check", "--data", world.data), /^ok: /);
});

story("fault_08 a damaged database: explained, kept, and restored with the command that is named", async (world) => {
  const { board, mail, node } = await room(world);
  const person = await node.person(grace);
  const { code, channel, id } = await stored({ board, mail, node }, person, grace.email, "T1");
  const made = await world.cubby("backup", "--data", world.data);
  assert.match(made, /written and verified: .*cubby-.*\.db\n.*not encrypted/);
  await node.person(edsger);
  await node.stop();

  const file = join(world.data, "cubby.db");
  for (const [name, offset] of [["cubby.db-wal", 40], ["cubby.db", 5], ["cubby.db", 4096]]) {
    const path = join(world.data, name);
    if (name === "cubby.db") for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
    const whole = readFileSync(path);
    const bytes = Buffer.from(whole);
    bytes[offset] ^= 4;
    writeFileSync(path, bytes);
    const { code: ended, stderr } = await world.refused("serve", "--data", world.data, "--listen", "127.0.0.1:0");
    assert.equal(ended, 1);
    assert.match(stderr, /is damaged/);
    assert.match(stderr, /Out of service\. Nothing was changed/);
    assert.ok(readFileSync(path).equals(bytes), `${name}: kept to the byte`);
    if (offset !== 4096) writeFileSync(path, whole);
  }
  rmSync(join(world.data, "cubby.db.none"), { force: true });
  const { stderr } = await world.refused("serve", "--data", world.data);
  const [, words] = /^ {4}cubby (.*)$/m.exec(stderr);
  const args = words.match(/"[^"]*"|\S+/g).map((word) => word.replaceAll('"', ""));
  assert.match(await world.cubby(...args), /^restored from .*; what was there is kept as before-restore-\d+\.db\n$/);
  assert.ok(readdirSync(world.data).some((name) => /^before-restore-\d+\.db$/.test(name)));

  const again = await world.serve();
  const [pickup] = await again.pickUp({ code });
  assert.equal(await board.opened(), channel);
  await again.opening(pickup.id, "open");
  await board.shut(channel);
  await again.comes(id, "collected");
  assert.match(await world.cubby("check", "--data", world.data), /^ok: /);

  await again.stop();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  assert.match((await world.refused("serve", "--data", world.data)).stderr, /is gone/);
  assert.ok(!existsSync(file), "never made anew");
});

story("fault_08 started by its icon, a damaged database is explained in a window", async (world) => {
  const board = await world.board();
  await world.site({ port: board.port, withAdmin: true });
  const file = join(world.data, "cubby.db");
  const bytes = readFileSync(file);
  bytes[4] ^= 4;
  writeFileSync(file, bytes);
  const app = await world.launch("--data", world.data);
  await until(() => execFileSync("xwininfo", ["-root", "-tree"], { env: world.env, encoding: "utf8" }).includes("Cubby is out of service"), { what: "the window", seconds: 20 });
  assert.equal(app.exitCode, null, "it stays as long as its window");
  assert.ok(readFileSync(file).equals(bytes));
});

story("a folder that can't be written is named with its remedy", async (world) => {
  const board = await world.board();
  await world.site({ port: board.port });
  const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';
  const args = ["-rm", "sh", "-c", script, "sh", world.data, binary, "serve", "--data", world.data];
  const { stderr, code } = await promisify(execFile)("unshare", args, { env: world.env }).catch((error) => error);
  assert.equal(code, 1);
  assert.match(stderr, /data can't be written \(.*Read-only.*\): let this user write there, or choose another folder with --data/);
});

story("the restore drill: backed up while packages come and go, restored elsewhere, and the code still opens", async (world) => {
  let { board, mail, node } = await room(world);
  const person = await node.person(grace);
  const kept = await stored({ board, mail, node }, person, grace.email, "T1");
  const fetched = await stored({ board, mail, node }, person, grace.email, "T2");
  const [pickup] = await node.pickUp({ code: fetched.code });
  await board.opened();
  await node.opening(pickup.id, "open");

  const [key, file, elsewhere] = ["key", "room.age", "elsewhere"].map((name) => join(world.folder, name));
  const recipient = (await world.cubby("backup-key", key)).trim();
  const backup = world.cubby("backup", file, "--recipient", recipient, "--data", world.data);
  const intakes = Promise.all(Array.from({ length: 10 }, (_, at) => node.package(person, `M${at}`)));
  assert.match(await backup, /^backup written and verified/);
  await intakes;
  assert.ok(!readdirSync(world.folder).some((name) => name.endsWith(".part")));
  await node.stop();

  assert.match((await world.refused("restore", file, "--data", elsewhere)).stderr, /--identity/);
  await world.cubby("restore", file, "--identity", key, "--data", elsewhere);
  assert.match(await world.cubby("check", "--data", elsewhere), /^ok: /);
  world.data = elsewhere;
  const frames = board.openings();
  node = await world.serve();
  await board.shut(fetched.channel);
  await node.comes(fetched.id, "collected");
  assert.deepEqual(board.openings(), frames, "nothing is sent by itself");
  await node.pickUp({ code: kept.code });
  assert.equal(await board.opened(), kept.channel);
  assert.deepEqual(board.openings(), [...frames, unlock(kept.channel)]);
});
