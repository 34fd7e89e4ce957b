// Cold start and memory of the real kiosk window beside an empty window of the same kit, and what visits leave
// behind. Prints; never judges by time. CUBBY_BENCH_STARTS, CUBBY_BENCH_VISITS and CUBBY_BENCH_PROFILE set how much
// and which build.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { app, target } from "../../.ci/tasks/lib.mjs";
import { App } from "../e2e/support/app.mjs";
import { until } from "../e2e/support/webdriver.mjs";

const profile = process.env.CUBBY_BENCH_PROFILE ?? "release";
const starts = Number(process.env.CUBBY_BENCH_STARTS ?? 7);
const visits = Number(process.env.CUBBY_BENCH_VISITS ?? 300);
const first = Math.min(100, Math.floor(visits / 3));

const folder = mkdtempSync(join(tmpdir(), "cubby-bench-"));
const data = join(folder, "data");
const cubby = app(profile);
const empty = join(target, profile, "examples/empty_window");
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(WAYLAND|WEBKIT|DBUS|XDG|CUBBY|NODE)_/.test(name))),
  HOME: folder, LANG: "C.UTF-8", LANGUAGE: "en", GDK_BACKEND: "x11", NO_AT_BRIDGE: "1",
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const ms = (number) => `${Math.round(number)} ms`;
const mib = (kilobytes) => `${(kilobytes / 1024).toFixed(0)} MiB`;

/** A screen nobody sees, of a kiosk's size. */
async function screen() {
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1080x1920x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = await new Promise((done, fail) => {
    server.stdio[3].once("data", done);
    server.once("error", fail).once("exit", () => fail(new Error("Xvfb did not start")));
  });
  env.DISPLAY = `:${number.toString().trim()}`;
  return server;
}

/** A session bus of its own, as a desktop has one, with that screen. */
async function bus() {
  const daemon = spawn("dbus-daemon", ["--session", "--nofork", "--print-address"], { env, stdio: ["ignore", "pipe", "ignore"] });
  const address = await new Promise((done, fail) => {
    daemon.stdout.once("data", done);
    daemon.once("error", fail).once("exit", () => fail(new Error("dbus-daemon did not start")));
  });
  env.DBUS_SESSION_BUS_ADDRESS = address.toString().trim();
  return daemon;
}

/** Start a program and wait for a line; gives the process and how long it took. */
async function begin(program, args, line) {
  const from = performance.now();
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  const took = await new Promise((done, fail) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        log += text;
        if (log.includes(line)) done(performance.now() - from);
      });
    }
    child.once("error", fail).once("exit", () => fail(new Error(`${program} ended before "${line}":\n${log}`)));
    setTimeout(() => { child.kill(); }, 90_000).unref();
  });
  return { child, took };
}

async function end(child) {
  const family = tree(child.pid);
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGTERM");
  await ended;
  // The next start is cold only when nothing of this one is left.
  await until(() => family.every((pid) => pss(pid) === 0), { what: "all processes to end", seconds: 30 });
}

const read = (path) => {
  try { return readFileSync(path, "utf8"); } catch { return ""; }
};
/** What a process holds of the machine's memory, in kB: shared pages are counted in parts. */
const pss = (pid) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);

function tree(root) {
  const parents = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => [Number(pid), Number(/\) \w (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1])]);
  const found = [root];
  for (let at = 0; at < found.length; at++) found.push(...parents.filter(([, parent]) => parent === found[at]).map(([pid]) => pid));
  return found;
}
const held = (pid) => tree(pid).reduce((sum, one) => sum + pss(one), 0);

/** Memory once it has come to rest: three looks a second apart within one per cent. */
async function settled(look) {
  const seen = [];
  for (let tries = 0; tries < 30; tries++) {
    seen.push(look());
    const last = seen.slice(-3);
    if (last.length === 3 && Math.max(...last) < Math.min(...last) * 1.01) break;
    await pause(1000);
  }
  return seen.at(-1);
}

async function coldStart() {
  const { child } = await begin(cubby, ["serve", "--demo", "--data", data, "--listen", "127.0.0.1:0"], "cubby is ready");
  await end(child);

  const ours = { took: [], memory: [] };
  const floor = { took: [], memory: [] };
  // One of each before it counts: the first start after a build reads the disk.
  for (let n = -1; n < starts; n++) {
    for (const [into, program, args, line] of [
      [floor, empty, [], "the window is shown"],
      [ours, cubby, ["--role", "kiosk", "--demo", "--data", data], "the kiosk is shown"],
    ]) {
      const { child, took } = await begin(program, args, line);
      const memory = await settled(() => held(child.pid));
      await end(child);
      if (n < 0) continue;
      into.took.push(took);
      into.memory.push(memory);
    }
  }
  const [us, them] = [median(ours.took), median(floor.took)];
  console.log(`\n## cold start, ${profile} build, median of ${starts}, and memory of all its processes`);
  console.log(`floor: an empty window, loaded:      ${ms(them)}   ${mib(median(floor.memory))}`);
  console.log(`the kiosk, with what is true drawn:  ${ms(us)}   ${mib(median(ours.memory))}`);
  console.log(`ratio: ${(us / them).toFixed(2)} (target 1.50); all starts: ${ours.took.map(ms).join(", ")} beside ${floor.took.map(ms).join(", ")}`);
}

/** In the mailroom's page: a package is put behind a door and its recipient taps the badge; gives at the open door's end. */
async function visit(person, number) {
  const ask = (command, args = {}) => window.__TAURI_INTERNALS__.invoke(command, args);
  const until = async (question) => {
    for (let tries = 0; tries < 200; tries++) {
      const answer = await question();
      if (answer) return answer;
      await new Promise((done) => setTimeout(done, 25));
    }
    throw new Error(`waited in vain for ${question}`);
  };
  const shut = async () => {
    const door = await until(async () => (await ask("virtual_panel")).doors.find((door) => door.open));
    await ask("virtual_shut", { channel: door.channel });
  };
  const state = async (id) => (await ask("package", { packageId: id })).state;
  const intake = { trackingNumber: number, recipientId: person, size: "S", handling: [], note: null };
  const { id } = await ask("receive", { intake });
  await ask("deposit", { packageId: id, compartment: null });
  await shut();
  await until(async () => (await state(id)) === "stored");
  await ask("virtual_badge", { personId: person });
  await shut();
  await until(async () => (await state(id)) === "collected");
}

async function manyVisits() {
  console.log(`\n## memory of the windows over ${visits} visits (the target is meant for 10,000 beside 100)`);
  const world = await App.open(["--role", "both", "--demo", "--data", data], env, cubby);
  try {
    await world.shown(1);
    await world.mailroom.see("Sign out");
    const people = await world.mailroom.run(async () => {
      const ask = (command, args = {}) => window.__TAURI_INTERNALS__.invoke(command, args);
      const made = [];
      for (let n = 0; n < 4; n++) {
        const form = { name: `Visitor ${n}`, aliases: null, email: null, department: null, language: "en", badge: `77001${n}`, role: "recipient", password: null, active: true };
        made.push(await ask("add_person", { form }));
      }
      return made;
    });
    const pages = () => world.pages().reduce((sum, pid) => sum + pss(pid), 0);
    const look = async () => ({ pages: await settled(pages), all: held(world.pid()) });
    let early;
    const from = performance.now();
    for (let n = 1; n <= visits; n++) {
      await world.mailroom.run(visit, people[n % people.length], `BENCH${String(n).padStart(8, "0")}`);
      await world.kiosk.press("I'm done");
      if (n === first) early = await look();
    }
    const late = await look();
    const growth = (key) => `${mib(early[key])} -> ${mib(late[key])}, ${((late[key] / early[key] - 1) * 100).toFixed(1)} %`;
    console.log(`after ${first} and after ${visits} visits (${((performance.now() - from) / visits / 1000).toFixed(2)} s each):`);
    console.log(`the two pages:      ${growth("pages")} (target 5 %)`);
    console.log(`all its processes:  ${growth("all")}`);
  } finally {
    await world.close();
  }
}

const servers = [await screen(), await bus()];
try {
  await coldStart();
  if (visits > 0) await manyVisits();
} finally {
  for (const server of servers) server.kill();
  // What the bus started has mounted something in it, and ends a moment later.
  await until(() => (rmSync(folder, { recursive: true, force: true }), true), { what: "the folder to be free" });
}
