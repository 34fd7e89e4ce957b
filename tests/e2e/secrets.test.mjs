// Where the node's secrets are, and new ones for old ones, while packages wait behind their doors.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { story } from "./support/story.mjs";
import { aMoment, codeIn, edsger, grace, other, room, stored } from "./support/room.mjs";

const keys = ["pepper", "badge-key", "seal-key"];
const file = (world) => join(world.data, "secrets.json");
const kept = (world) => JSON.parse(readFileSync(file(world), "utf8"));
const show = (world) => world.cubby("secrets", "show", "--data", world.data);

/** Fetches with a code or badge; gives the door's channel, shut again. */
async function fetched(the, credential) {
  const [opening] = await the.node.pickUp(credential);
  const channel = await the.board.opened();
  await the.node.opening(opening.id, "open");
  await the.board.shut(channel);
  await the.node.opening(opening.id, "closed");
  return channel;
}

const refuses = async (node, credential) => {
  const { status } = await node.ask("POST", "/kiosk/pickups", credential);
  assert.equal(status, 401, JSON.stringify(credential));
};

/** Nothing secret is in what was said or logged. */
function silent(world, ...texts) {
  const { pepper, badge_key, seal_key } = kept(world);
  const secret = [pepper, badge_key, seal_key].flatMap((ring) => [ring.key, ...(ring.earlier ?? []).map(({ key }) => key)]);
  for (const text of texts) for (const key of secret) assert.ok(!text.includes(key), "a key is shown");
}

story("every key is rotated in the middle of a package's life, and code, badge and mail are still good", async (world) => {
  const the = await room(world);
  const one = await stored(the, await the.node.person(grace), grace.email, "1Z999AA10123456784");
  const two = await stored(the, await the.node.person(edsger), edsger.email, "JD014600004522310999");
  // A third is told while the mail server is away: its code waits, sealed.
  const { port } = the.mail;
  await the.mail.stop();
  const ada = { name: "Ada Byron", email: "byron@example.com", badge: "77001122" };
  const id = await the.node.package(await the.node.person(ada), "TBA305881220144");
  const opening = await the.node.deposit(id);
  const channel = await the.board.opened();
  await the.node.opening(opening.id, "open");
  await the.board.shut(channel);
  await the.node.comes(id, "stored");

  // Not while it runs, and then nothing is changed.
  const before = readFileSync(file(world), "utf8");
  const refused = await world.refused("secrets", "rotate", "pepper", "--data", world.data);
  assert.match(refused.stderr, /another|in use|running/i);
  assert.equal(readFileSync(file(world), "utf8"), before);
  await the.node.stop("SIGTERM");
  copyFileSync(join(world.data, "cubby.db"), join(world.folder, "stolen.db"));

  for (const key of keys) {
    const said = await world.cubby("secrets", "rotate", key, "--data", world.data);
    assert.match(said, new RegExp(`the ${key} is a new one\\nthe old one is kept`), said);
    silent(world, said);
  }
  const now = kept(world);
  assert.equal([now.pepper, now.badge_key, now.seal_key].filter(({ earlier }) => earlier?.length === 1).length, 3);
  assert.equal(statSync(file(world)).mode & 0o777, 0o600);
  const shown = await show(world);
  silent(world, shown);
  assert.match(shown, /^the secrets are in the file .*secrets\.json\npepper: since \d{4}-.*; an earlier one is kept/);

  the.mail = await world.mailServer(port);
  the.node = await world.serve();
  assert.equal(await fetched(the, { code: one.code }), one.channel, "a code of before");
  await aMoment();
  assert.equal(await fetched(the, { badge: edsger.badge }), two.channel, "a badge of before");
  await aMoment();
  const code = codeIn(await the.mail.to(ada.email, 60));
  assert.equal(await fetched(the, { code }), channel, "a code that was sealed before");
  await refuses(the.node, { code: other(one.code) });
  // The same badge is not given to somebody else, though its hash is another now.
  const taken = await the.node.ask("POST", "/people", { name: "Somebody", badge: grace.badge });
  assert.equal(taken.status, 422, JSON.stringify(taken.body));
  // Every badge comes by once.
  for (const person of [grace, ada]) await the.node.ask("POST", "/kiosk/pickups", { badge: person.badge });
  silent(world, the.node.log, the.node.said);
  await the.node.stop("SIGTERM");

  // Nothing needs the old keys any more: they go at the next start, and a database of before is worth nothing with the new.
  the.node = await world.serve();
  await the.node.stop("SIGTERM");
  const last = kept(world);
  assert.ok([last.pepper, last.badge_key, last.seal_key].every(({ earlier }) => !earlier?.length), "dropped");
  assert.match(await world.cubby("check", "--data", world.data), /^ok/);
  const thief = join(world.folder, "thief");
  mkdirSync(thief, { mode: 0o700 });
  copyFileSync(join(world.folder, "stolen.db"), join(thief, "cubby.db"));
  copyFileSync(file(world), join(thief, "secrets.json"));
  const [mine, token] = [world.data, await world.cubby("token", "create", "--scope", "admin", "--data", thief)];
  world.data = thief;
  const stolen = await world.serve({ token: token.trim() });
  await refuses(stolen, { code: one.code });
  await refuses(stolen, { badge: edsger.badge });
  await stolen.stop("SIGTERM");
  world.data = mine;
}, { seconds: 240 });

story("the secrets move into the keyring and back, and without it nothing is made anew", async (world) => {
  const keyring = await world.keyring();
  const the = await room(world);
  const one = await stored(the, await the.node.person(grace), grace.email, "1Z999AA10123456784");
  await the.node.stop("SIGTERM");
  const whole = kept(world);

  const said = await world.cubby("secrets", "move", "--to", "keyring", "--data", world.data);
  assert.match(said, /^the secrets are in the keyring, as /);
  assert.deepEqual(Object.keys(kept(world)).sort(), ["entry", "kept_in"]);
  assert.ok(!readFileSync(file(world), "utf8").includes(whole.pepper.key));
  the.node = await world.serve();
  assert.equal(await fetched(the, { code: one.code }), one.channel);
  await the.node.stop("SIGTERM");
  await world.cubby("secrets", "rotate", "seal-key", "--data", world.data);
  // An encrypted backup has them all the same.
  const recipient = (await world.cubby("backup-key", join(world.folder, "age"))).trim();
  await world.cubby("backup", join(world.folder, "backup.age"), "--recipient", recipient, "--data", world.data);
  await world.cubby("restore", join(world.folder, "backup.age"), "--identity", join(world.folder, "age"), "--data", join(world.folder, "new"));
  assert.equal(JSON.parse(readFileSync(join(world.folder, "new", "secrets.json"), "utf8")).pepper.key, whole.pepper.key);

  // Nobody has signed in, or there is no keyring at all: it says so and leaves everything as it is.
  const pointer = readFileSync(file(world), "utf8");
  for (const away of [keyring.locked, () => keyring.gone()]) for (const command of (await away(), [["serve"], ["secrets", "show"], ["secrets", "move", "--to", "file"]])) {
    const { code, stderr } = await world.refused(...command, "--data", world.data);
    assert.equal(code, 1);
    assert.match(stderr, /the keyring that holds this node's secrets can't be used: .*nothing was changed/s);
  }
  assert.equal(readFileSync(file(world), "utf8"), pointer);
  await keyring.unlocked();
  assert.match(await world.cubby("secrets", "move", "--to", "file", "--data", world.data), /^the secrets are in the file /);
  assert.equal(kept(world).pepper.key, whole.pepper.key);
  assert.notEqual(kept(world).seal_key.key, whole.seal_key.key);
  assert.equal(statSync(file(world)).mode & 0o777, 0o600);
  the.node = await world.serve();
  await the.node.stop("SIGTERM");
});

story("a credential of the service manager's is used, shown and never written", async (world) => {
  const the = await room(world);
  const one = await stored(the, await the.node.person(grace), grace.email, "1Z999AA10123456784");
  await the.node.stop("SIGTERM");
  const handed = join(world.folder, "credentials");
  mkdirSync(handed);
  copyFileSync(file(world), join(handed, "cubby-secrets"));
  world.env.CREDENTIALS_DIRECTORY = handed;
  assert.match(await show(world), /credential .*cubby-secrets, which is rotated where it was made(.|\n)*WARNING: .*delete it/);
  rmSync(file(world));
  the.node = await world.serve();
  assert.equal(await fetched(the, { code: one.code }), one.channel);
  const before = readFileSync(join(handed, "cubby-secrets"), "utf8");
  await the.node.stop("SIGTERM");
  for (const command of [["rotate", "pepper"], ["move", "--to", "file"], ["move", "--to", "keyring"]]) {
    const { stderr } = await world.refused("secrets", ...command, "--data", world.data);
    assert.match(stderr, /only its owner can change/);
  }
  assert.equal(readFileSync(join(handed, "cubby-secrets"), "utf8"), before);
  delete world.env.CREDENTIALS_DIRECTORY;
  const { stderr } = await world.refused("serve", "--data", world.data);
  assert.match(stderr, /was not handed over/);
  assert.ok(!("pepper" in kept(world)), "none are made anew");
});

story("tokens are listed and revoked while the node runs; secrets that others can read are warned of", async (world) => {
  const node = await world.serve();
  const reader = await world.token("read");
  const list = async () => (await world.cubby("token", "list", "--data", world.data)).trim().split("\n");
  const [, last] = await list();
  const [id, scope, made] = last.split(/\s+/);
  assert.equal(scope, "read");
  assert.ok(Math.abs(Date.parse(made) - Date.now()) < 600_000, made);
  assert.ok(!(await list()).join().includes("cubby_"));
  const ask = () => node.ask("GET", "/packages", undefined, { token: reader });
  assert.equal((await ask()).status, 200);
  assert.match(await world.cubby("token", "revoke", id, "--data", world.data), /^revoked/);
  assert.equal((await ask()).status, 401);
  assert.equal((await list()).length, 1);
  assert.match((await world.refused("token", "revoke", id, "--data", world.data)).stderr, /there is no token/);
  assert.deepEqual((await node.event("token.revoked")).body, { token: id, by: "system" });

  assert.equal(statSync(world.data).mode & 0o777, 0o700);
  chmodSync(file(world), 0o644);
  chmodSync(world.data, 0o755);
  assert.match(await show(world), /WARNING: others than its owner may open secrets\.json(.|\n)*WARNING: anybody on this machine/);
  await node.stop("SIGTERM");
  assert.match(await world.cubby("check", "--data", world.data), /^ok/);
});

story("damaged secrets stop the node, are kept, and are not repeated", async (world) => {
  const node = await world.serve();
  await node.stop("SIGTERM");
  const whole = readFileSync(file(world), "utf8");
  const { key } = kept(world).pepper;
  for (const damaged of ["", whole.slice(0, whole.length / 2), whole.replace(key, key.slice(1))]) {
    writeFileSync(file(world), damaged);
    const { stderr } = await world.refused("serve", "--data", world.data);
    assert.match(stderr, /are damaged/);
    assert.ok(!stderr.includes(key.slice(1, 20)));
    assert.equal(readFileSync(file(world), "utf8"), damaged);
  }
  assert.ok(!existsSync(join(world.data, "secrets.part")));
});
