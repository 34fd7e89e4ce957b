// What an integrator can do and what can go wrong, over HTTP and the command line: the node without windows, a
// board at the end of a serial port, a mail server that asks for TLS.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { aMoment, codeIn, edsger, grace, other, room, stored, unlock } from "./support/room.mjs";
import { siteFile } from "./support/site.mjs";
import { story } from "./support/story.mjs";
import { until } from "./support/webdriver.mjs";

story("a site file is checked, applied, and applied again without a change", async (world) => {
  const board = await world.board();
  const mail = await world.mailServer();
  const said = await world.site({ port: board.port, mail, withAdmin: true });
  for (const line of [/site: name it "Head office"/, /bank Lobby: add it/, /compartment Lobby B02: add it \(channel 17, size L\)/, /admin: add Ada Admin/, /channel email/]) {
    assert.match(said, line);
  }
  assert.doesNotMatch(said, /secret|staple/);
  assert.equal(await world.site({ port: board.port, mail, withAdmin: true }), "nothing to change\n");

  const before = await world.cubby("check", "--data", world.data);
  const good = siteFile({ port: board.port, mail, withAdmin: true });
  const bad = {
    '"M"': ['"XXL"', "size", /S, M, L or XL/],
    'driver = "bcc8a"': ['driver = "acme"', "driver", /bcc8a/],
    "channel = 17": ["channel = 1", "channel", /./],
    '"accessible"': ['"cosy"', "features", /accessible or refrigerated/],
    'label = "B02"': ['lable = "B02"', "lable", /label/],
    '"admin-password"': ['"no-such-file"', "password_file", /can't be read/],
    "smtp://": ["gopher://", "url", /smtp/],
  };
  for (const [right, [wrong, key, remedy]] of Object.entries(bad)) {
    const text = good.replace(right, wrong);
    const line = text.split("\n").findIndex((each, at) => each !== good.split("\n")[at]) + 1;
    const { code, stderr } = await world.refused("apply", world.file("bad.toml", text), "--data", world.data);
    assert.notEqual(code, 0);
    assert.match(stderr, new RegExp(`line ${line}: .*${key}`), `${wrong}: ${stderr}`);
    assert.match(stderr, remedy);
    assert.doesNotMatch(stderr, /secret/);
  }
  assert.equal(await world.cubby("check", "--data", world.data), before, "a bad file changes nothing");

  const bigger = world.file("bigger.toml", good.replace('size = "L"', 'size = "XL"'));
  assert.match(await world.cubby("apply", bigger, "--dry-run", "--data", world.data), /B02: change it[^]*nothing was changed/);
  assert.equal(await world.cubby("check", "--data", world.data), before);
  assert.notEqual((await world.refused("token", "create", "--scope", "root", "--data", world.data)).code, 0);
});

story("a package goes in and out over HTTP, and the log tells it without a name", async (world) => {
  const { board, mail, node } = await room(world);
  const person = await node.person(grace);
  const { id, carrier, state } = await node.post("/packages", { tracking_number: "1Z999AA10123456784", recipient_id: person, size: "M", handling: ["fragile"] }, 201);
  assert.deepEqual([carrier, state], ["UPS", "received"]);

  const deposit = await node.deposit(id, "A03");
  assert.equal(deposit.compartment, "A03");
  assert.equal(await board.opened(), 9);
  assert.deepEqual(board.openings(), [unlock(9)]);
  await node.opening(deposit.id, "open");
  assert.equal((await node.compartment("A03")).door, "open");
  assert.equal((await node.get(`/packages/${id}`)).state, "received", "not stored before the door is shut");
  await board.shut(9);
  const there = await node.comes(id, "stored");
  assert.equal(there.compartment, "A03");
  await node.opening(deposit.id, "closed");
  const { occupancy, door } = await node.compartment("A03");
  assert.deepEqual([occupancy, door], ["holding", "closed"]);

  const letter = await mail.to(grace.email);
  const code = codeIn(letter);
  assert.match(letter.plain, /Compartment A03 in bank Lobby, Head office — bottom row/);
  assert.match(letter.plain, /Please collect it by \w+, \d+ \w+ \d{4} at \d/);
  assert.match(letter.plain, new RegExp(`Hello ${grace.name},`));
  assert.match(letter.html, new RegExp(`${code.slice(0, 4)} ${code.slice(4)}`));
  assert.deepEqual(letter.attachments.map(({ type, id: name }) => [type, name]), [["image/png", "<qr@cubby>"]]);
  assert.match(letter.html, /cid:qr@cubby/);
  assert.doesNotMatch(letter.subject, /\d{4}/);
  await node.event("notice.sent");

  const [pickup] = await node.pickUp({ code: `${code.slice(0, 4)} ${code.slice(4)}` });
  assert.equal(pickup.compartment, "A03");
  assert.equal(await board.opened(), 9);
  await node.opening(pickup.id, "open");
  assert.equal((await node.get(`/packages/${id}`)).state, "stored", "not collected before the door is shut");
  await board.shut(9);
  await node.comes(id, "collected");
  assert.equal((await node.compartment("A03")).occupancy, "empty");
  assert.deepEqual(board.openings(), [unlock(9), unlock(9)]);

  const again = await node.ask("POST", "/kiosk/pickups", { code });
  assert.equal(again.status, 401);
  assert.equal(again.headers.get("content-type"), "application/problem+json");

  const events = await node.events();
  assert.deepEqual(events.map(({ seq }) => seq), events.map((_, at) => at + 1));
  assert.ok(events.every(({ prev_hash }, at) => at === 0 || prev_hash === events[at - 1].hash), "chained");
  const kinds = events.map(({ kind }) => kind);
  assert.deepEqual(kinds.slice(kinds.indexOf("person.added")), [
    "person.added", "badge.given", "package.received",
    "opening.decided", "opening.sent", "opening.acknowledged", "opening.opened", "opening.closed",
    "package.stored", "code.issued", "notice.written", "notice.sent",
    "visit.began", "opening.decided", "opening.sent", "opening.acknowledged", "opening.opened", "code.consumed",
    "opening.closed", "package.collected", "credential.refused",
  ]);
  const log = JSON.stringify(events);
  const private_ = [grace.name, grace.email, grace.badge, code, "Hopper"];
  for (const secret of private_) assert.ok(!log.includes(secret), `the log says ${secret}`);
  for (const secret of [code, grace.badge, "parcels:secret"]) assert.ok(!node.log.includes(secret), `the program's log says ${secret}`);
  assert.equal(await node.stop("SIGTERM"), 0);
  for (const file of readdirSync(world.data).filter((name) => name.startsWith("cubby.db"))) {
    const bytes = readFileSync(join(world.data, file)).toString("latin1");
    for (const secret of [code, grace.badge]) assert.ok(!bytes.includes(secret), `${file} holds ${secret}`);
  }
  assert.match(await world.cubby("check", "--data", world.data), /^ok: \d+ events, the chain holds/);
});

story("a badge opens all of a person's doors, one after another", async (world) => {
  const the = await room(world);
  const { board, node } = the;
  const person = await node.person(grace);
  const first = await stored(the, person, grace.email, "TBA305881220144", "A01");
  const second = await stored(the, person, grace.email, "TBA305881220145", "B02");
  assert.equal((await node.ask("POST", "/kiosk/pickups", { badge: "04A2B96C12" })).status, 401);

  const doors = await node.pickUp({ badge: "04:a2:b9:6c:11" });
  assert.deepEqual(doors.map(({ compartment, state }) => [compartment, state === "waiting"]), [["A01", false], ["B02", true]]);
  assert.equal(await board.opened(), first.channel);
  await node.opening(doors[0].id, "open");
  assert.equal(board.openings().length, 3, "the second door waits");
  await board.shut(first.channel);
  assert.equal(await board.opened(), second.channel);
  await node.opening(doors[1].id, "open");
  await board.shut(second.channel);
  await node.comes(first.id, "collected");
  await node.comes(second.id, "collected");

  // One that comes a moment later is another reason to tap.
  const third = await stored(the, person, grace.email, "TBA305881220146", "A02");
  await aMoment();
  await node.pickUp({ badge: grace.badge });
  assert.equal(await board.opened(), third.channel);
  await board.shut(third.channel);
  await node.comes(third.id, "collected");
});

story("a token does what its scope says, and nonsense is answered in one form", async (world) => {
  const { node, board } = await room(world);
  const [read, kiosk, staff] = [await world.token("read"), await world.token("kiosk"), await world.token("staff")];
  const status = async (method, path, body, token) => (await node.ask(method, path, body, { token })).status;
  assert.equal(await status("GET", "/compartments", undefined, ""), 401);
  assert.equal(await status("GET", "/compartments", undefined, "wrong"), 401);
  assert.equal(await status("GET", "/compartments", undefined, read), 200);
  assert.equal(await status("GET", "/events", undefined, kiosk), 403);
  assert.equal(await status("POST", "/people", grace, read), 403);
  assert.equal(await status("POST", "/people", grace, kiosk), 403);
  assert.equal(await status("POST", "/kiosk/pickups", { code: "12345678" }, staff), 403);
  assert.equal(await status("POST", "/people", grace, staff), 201);

  const person = await node.person(edsger);
  const nonsense = ["", "   ", "\u0000\u0001\u0002", "7".repeat(4096), "?".repeat(30), "你好你好你好你好", "1Z999'; drop table package;--"];
  for (const tracking_number of nonsense) {
    const { status: code, headers, body } = await node.ask("POST", "/packages", { tracking_number, recipient_id: person, size: "S", handling: [] });
    assert.equal(code, 422, `${tracking_number.slice(0, 20)}: ${JSON.stringify(body)}`);
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.equal(body.errors[0].field, "tracking_number");
  }
  const scanned = await node.post("/packages", { tracking_number: "\u0002 1z999aa10123456784\r\n", recipient_id: person, size: "S", handling: [] }, 201);
  assert.equal((await node.get(`/packages/${scanned.id}`)).tracking_number, "1Z999AA10123456784");
  for (const credential of [{ code: "1" }, { code: "x".repeat(5000) }, { badge: "\u0007" }, { badge: "9".repeat(5000) }]) {
    const { status: code, body } = await node.ask("POST", "/kiosk/pickups", credential);
    assert.deepEqual([code, body.code], [401, "credentialRefused"]);
  }
  const document = (await node.ask("GET", "/openapi.json", undefined, { token: "" })).body;
  assert.match(document.openapi, /^3\.1/);
  assert.deepEqual(board.openings(), []);
});

story("a jammed door: the truth is told, one frame is sent, and the code stays good", async (world) => {
  const the = await room(world);
  const { board, node } = the;
  const { id, channel, code } = await stored(the, await node.person(grace), grace.email, "JD014600004522310999", "A01");
  await board.jam(channel);
  const [pickup] = await node.pickUp({ code });
  await node.opening(pickup.id, "not_opened");
  assert.deepEqual(board.openings(), [unlock(channel), unlock(channel)]);
  assert.ok((await node.events()).some(({ kind, body }) => kind === "opening.acknowledged" && body.opening === pickup.id));
  assert.equal((await node.get(`/packages/${id}`)).state, "stored");

  await board.free(channel);
  await aMoment();
  const [again] = await node.pickUp({ code });
  assert.notEqual(again.id, pickup.id);
  assert.equal(await board.opened(), channel);
  await node.opening(again.id, "open");
  await board.shut(channel);
  await node.comes(id, "collected");
  assert.equal(board.openings().length, 3);
});

story("a pulled cable before anything is sent: no door moves, then or later", async (world) => {
  const the = await room(world);
  const { board, node } = the;
  const person = await node.person(grace);
  const { id, channel, code } = await stored(the, person, grace.email, "JD014600004522310999", "A01");
  const waiting = await node.package(await node.person(edsger), "JD014600004522311000");
  await board.unplug();
  await node.doors("unknown");
  const began = performance.now();
  const [pickup] = await node.pickUp({ code });
  await node.opening(pickup.id, "not_opened");
  const deposit = await node.ask("POST", `/packages/${waiting}/deposit`, { compartment: "A02" });
  assert.deepEqual([deposit.status, deposit.body.code], [503, "deviceOffline"]);
  const any = await node.ask("POST", `/packages/${waiting}/deposit`);
  assert.ok([409, 503].includes(any.status), `${any.status}`);
  assert.ok(performance.now() - began < 2_000, "at once, not after a time-out");
  assert.equal((await node.get(`/packages/${id}`)).state, "stored");

  await board.plug();
  await node.doors("closed");
  assert.deepEqual(board.openings(), [unlock(channel)], "only the deposit's");
  await aMoment();
  const [again] = await node.pickUp({ code });
  assert.equal(await board.opened(), channel);
  await node.opening(again.id, "open");
  await board.shut(channel);
  await node.comes(id, "collected");
});

story("a cable pulled after the frame: nobody can tell, nothing is sent again, the code stays good", async (world) => {
  const the = await room(world);
  const { board, node } = the;
  const { id, channel, code } = await stored(the, await node.person(grace), grace.email, "JD014600004522310999", "A02");
  await board.jam(channel);
  const asked = node.pickUp({ code });
  await board.next((line) => line.jammed, "the frame to arrive");
  await board.unplug();
  const [pickup] = await asked;
  await node.opening(pickup.id, "unknown");
  await board.plug();
  await node.doors("closed");
  assert.equal(board.openings().length, 2);
  assert.equal((await node.get(`/openings/${pickup.id}`)).state, "unknown");
  assert.equal((await node.get(`/packages/${id}`)).state, "stored");
  assert.ok((await node.events()).some(({ kind, body }) => kind === "task.raised" && body.what === "verify_door"));

  await board.free(channel);
  await aMoment();
  const [again] = await node.pickUp({ code });
  assert.equal(await board.opened(), channel);
  await node.opening(again.id, "open");
  await board.shut(channel);
  await node.comes(id, "collected");
  assert.equal(board.openings().length, 3);
});

story("the power fails while a door is open, and right after a frame: no second frame, nothing lost", async (world) => {
  const the = await room(world);
  const { board } = the;
  let node = the.node;
  const person = await node.person(grace);
  const first = await stored(the, person, grace.email, "JD014600004522310999", "A01");
  const second = await stored(the, await node.person(edsger), edsger.email, "JD014600004522311000", "A02");

  const [open] = await node.pickUp({ code: first.code });
  await board.opened();
  await node.opening(open.id, "open");
  await node.stop();
  node = await world.serve();
  assert.equal((await node.get(`/openings/${open.id}`)).state, "open");
  assert.equal((await node.compartment("A01")).door, "open");
  await board.shut(first.channel);
  await node.comes(first.id, "collected");
  assert.equal((await node.compartment("A01")).occupancy, "empty");
  assert.equal(board.openings().length, 3);
  assert.equal((await node.ask("POST", "/kiosk/pickups", { code: first.code })).status, 401, "spent when the door was seen open");

  await board.jam(second.channel);
  const lost = node.pickUp({ code: second.code }).catch(() => undefined);
  await board.next((line) => line.jammed, "the frame to arrive");
  await node.stop();
  await lost;
  node = await world.serve();
  const decided = (await node.events()).filter(({ kind }) => kind === "opening.decided").at(-1).body;
  assert.equal(decided.package, second.id);
  await node.opening(decided.opening, "unknown");
  assert.equal((await node.get(`/packages/${second.id}`)).state, "stored");
  assert.equal(board.openings().length, 4, "asked, never sent again");
  await board.free(second.channel);
  const [again] = await node.pickUp({ code: second.code });
  assert.equal(await board.opened(), second.channel);
  await node.opening(again.id, "open");
  await board.shut(second.channel);
  await node.comes(second.id, "collected");
  assert.equal(await node.stop("SIGTERM"), 0);
  assert.match(await world.cubby("check", "--data", world.data), /^ok/);
});

story("fault_36 a mail server that is down delays a notice, over a restart too, and never doubles it", async (world) => {
  const { board, mail, node: before } = await room(world);
  const person = await before.person(grace);
  await mail.stop();
  const id = await before.package(person, "JD014600004522310999");
  await before.deposit(id);
  await board.shut(await board.opened());
  await before.comes(id, "stored");
  await before.stop();
  const node = await world.serve();
  const back = await world.mailServer(mail.port);
  const letter = await back.to(grace.email, 30);
  await node.event("notice.sent");
  const [pickup] = await node.pickUp({ code: codeIn(letter) });
  const channel = await board.opened();
  await node.opening(pickup.id, "open");
  await board.shut(channel);
  await node.comes(id, "collected");

  await back.refuse();
  const nobody = await node.package(await node.person(edsger), "JD014600004522311000");
  await node.deposit(nobody);
  await board.shut(await board.opened());
  await node.comes(nobody, "stored");
  await node.event("notice.failed");
  const task = (await node.events()).find(({ kind, body }) => kind === "task.raised" && body.package === nobody);
  assert.equal(task.body.what, "could_not_be_told");
  await back.accept();
  await node.post(`/packages/${nobody}/codes`, undefined, 202);
  const code = codeIn(await back.to(edsger.email, 15));
  await until(async () => (await node.events()).filter(({ kind }) => kind === "notice.sent").length === 2, { what: "both told" });
  assert.equal(back.all(grace.email).length, 1);
  assert.equal(new Set(back.said.filter(({ id: message }) => message).map(({ id: message }) => message)).size, 2);
  assert.equal((await node.pickUp({ code })).length, 1);
});

story("wrong codes are slowed down, over a restart too, and badges still work", async (world) => {
  const the = await room(world);
  let { node } = the;
  const { board } = the;
  const { id, channel, code } = await stored(the, await node.person(grace), grace.email, "JD014600004522310999", "A01");
  for (let n = 1; n <= 6; n++) {
    assert.equal((await node.ask("POST", "/kiosk/pickups", { code: other(code, n) })).status, 401, `try ${n}`);
  }
  const locked = async () => {
    const { status, headers, body } = await node.ask("POST", "/kiosk/pickups", { code });
    assert.deepEqual([status, body.code], [429, "throttled"]);
    assert.ok(Number(headers.get("retry-after")) > 20, headers.get("retry-after"));
  };
  await locked();
  await node.stop();
  node = await world.serve();
  await locked();
  const [pickup] = await node.pickUp({ badge: grace.badge });
  assert.equal(await board.opened(), channel);
  await node.opening(pickup.id, "open");
  await board.shut(channel);
  await node.comes(id, "collected");
  await locked();
});

story("a door that is pulled open is an alarm, heard by whoever follows the log", async (world) => {
  const the = await room(world);
  const { board, node } = the;
  const { id, channel } = await stored(the, await node.person(grace), grace.email, "JD014600004522310999", "A01");
  const after = (await node.events()).at(-1).seq;
  const stream = await fetch(`${node.url}/v1/events?after=${after}`, {
    headers: { authorization: `Bearer ${node.token}`, accept: "text/event-stream" },
    signal: AbortSignal.timeout(15_000),
  });
  assert.match(stream.headers.get("content-type"), /^text\/event-stream/);
  await board.pull(channel);
  let heard = "";
  for await (const bytes of stream.body) {
    heard += Buffer.from(bytes).toString();
    if (heard.includes('"alarm.raised"') && heard.includes('"task.raised"')) break;
  }
  const alarm = heard.split("\n").filter((line) => line.startsWith("data:")).map((line) => JSON.parse(line.slice(5)))
    .find(({ kind }) => kind === "alarm.raised");
  assert.deepEqual([alarm.body.alarm, alarm.body.package], ["forced", id]);
  assert.equal((await node.get(`/packages/${id}`)).state, "stored", "an alarm is no pickup");
  await board.shut(channel);
  await node.doors("closed");
  assert.equal((await node.get(`/packages/${id}`)).state, "stored");
  assert.equal(board.openings().length, 1);
});

story("the log can be checked, kept, brought back, and not changed unseen", async (world) => {
  const the = await room(world);
  const { node } = the;
  await stored(the, await node.person(grace), grace.email, "JD014600004522310999", "A01");
  const copy = join(world.folder, "copy.db");
  assert.match(await world.cubby("backup", copy, "--data", world.data), /written and verified/);
  const twice = await world.refused("serve", "--data", world.data, "--listen", "127.0.0.1:0");
  assert.match(twice.stderr, /in use|another|already/i);
  assert.notEqual((await world.refused("restore", copy, "--data", world.data)).code, 0, "not under a running node");
  const later = await node.package(await node.person(edsger), "JD014600004522311000");
  assert.equal(await node.stop("SIGTERM"), 0);
  const ok = await world.cubby("check", "--data", world.data);

  await world.cubby("restore", copy, "--data", world.data);
  const restored = await world.serve();
  assert.equal((await restored.ask("GET", `/packages/${later}`)).status, 404, "as of the backup");
  assert.equal((await restored.get("/packages")).packages.length, 1);
  await restored.stop("SIGTERM");
  assert.match(await world.cubby("check", "--data", world.data), /^ok/);
  assert.match(ok, /^ok/);

  const tamper = (sql) => world.python(`
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for trigger in ("event_is_never_changed", "event_is_never_deleted"):
    db.execute(f"drop trigger if exists {trigger}")
db.execute(sys.argv[2])
db.commit()`, join(world.data, "cubby.db"), sql);
  const seq = Number(await world.python(`
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("select seq from event where kind = 'package.received'").fetchone()[0])`, join(world.data, "cubby.db")));
  for (const [sql, word] of [
    [`update event set body = replace(body, '310999', '310998') where seq = ${seq}`, "changed"],
    [`delete from event where seq = ${seq}`, "missing"],
  ]) {
    await tamper(sql);
    const { code, stdout, stderr } = await world.refused("check", "--data", world.data);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, new RegExp(`event ${seq} .*${word}`));
  }
});

story("the other polarity and byte order", async (world) => {
  const the = await room(world, { "closed-bit": 0, order: "first-byte-first" }, { closed_bit: 0, status_order: "first-byte-first" });
  const { board, node } = the;
  const { id, channel, code } = await stored(the, await node.person(grace), grace.email, "JD014600004522310999", "B02");
  assert.equal(channel, 17);
  const [pickup] = await node.pickUp({ code });
  await board.opened();
  await node.opening(pickup.id, "open");
  assert.equal((await node.compartment("B02")).door, "open");
  await board.shut(channel);
  await node.comes(id, "collected");
  assert.deepEqual(board.openings(), [unlock(17), unlock(17)]);
});

story("a board behind a serial-to-Ethernet converter, with another address", async (world) => {
  const the = await room(world, { tcp: 0, board: 3 }, { board: 3 });
  const { board, node } = the;
  const { id, channel, code } = await stored(the, await node.person(grace), grace.email, "JD014600004522310999", "A02");
  await board.unplug();
  await node.doors("unknown");
  await board.plug();
  await node.doors("closed");
  const [pickup] = await node.pickUp({ code });
  await board.opened();
  await node.opening(pickup.id, "open");
  await board.shut(channel);
  await node.comes(id, "collected");
  assert.deepEqual(board.openings(), [unlock(2, 3), unlock(2, 3)]);
});
