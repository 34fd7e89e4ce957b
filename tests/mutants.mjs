// npm run mutants: breaks a rule on purpose, one after another, and expects the tests to notice. A mutant that
// survives is a promise that nothing keeps. `npm run mutants -- retry` tries those whose name has that word. A file is
// as it was afterwards, also after an interrupt; one with changes that are not committed is not touched.
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { spawn } from "node:child_process";
import { ask, root, say, Stop, task } from "../.ci/tasks/lib.mjs";

const station = "src-tauri/crates/station/src/";
const proof = ["test", "-q", "-p", "stories", "--test", "proof"];
const stories = ["test", "-q", "-p", "stories", "--test", "stories"];

const mutants = [
  {
    rule: "the decision is durable before the frame leaves",
    broken: "synchronous = NORMAL",
    file: "src-tauri/crates/store/src/open.rs",
    change: [[".synchronous(SqliteSynchronous::Full)", ".synchronous(SqliteSynchronous::Normal)"], ["synchronous != 2", "synchronous != 1"]],
    test: [...proof, "power_cuts"],
  },
  {
    rule: "no durable decision, no bytes",
    broken: "the frame is handed out before the decision is committed",
    file: station + "door_loop.rs",
    change: [["        with_room!(self.station, self.decide(&open).await)?;\n        let begin =", "        let begin ="],
      ["        self.input(Input::Begin(begin)).await;\n        self.station", "        self.input(Input::Begin(begin)).await;\n        with_room!(self.station, self.decide(&open).await)?;\n        self.station"]],
    test: [...proof, "power_cuts"],
  },
  {
    rule: "never sent again after a restart",
    broken: "an unsettled opening whose door is found shut is sent anew",
    file: "src-tauri/crates/domain/src/doors.rs",
    change: [["            self.end(opening, effects, Fact::Unknown { opening, why: Unknown::Restart });",
      "            let generation = self.board_of(compartment).and_then(Board::generation).unwrap_or_default();\n            effects.push(Effect::Transmit { opening, compartment, generation, deadline: Mono(1 << 40) });\n            self.end(opening, effects, Fact::Unknown { opening, why: Unknown::Restart });"]],
    test: [...proof, "power_cuts"],
  },
  {
    rule: "an acknowledgement is not an open door",
    broken: "collected and free on acknowledgement",
    file: station + "custody.rs",
    change: [["                tx.append(&Event::OpeningAcknowledged { opening: *opening }).await?;", "                tx.append(&Event::OpeningAcknowledged { opening: *opening }).await?;\n                self.closed(tx, *opening).await?;"]],
    test: [...proof, "days"],
  },
  {
    rule: "the code is spent when the door is seen open",
    broken: "the code is spent when the frame is sent",
    file: station + "custody.rs",
    change: [["                tx.append(&Event::OpeningSent { opening: *opening, attempt: *attempt }).await?;", "                tx.append(&Event::OpeningSent { opening: *opening, attempt: *attempt }).await?;\n                self.opened(tx, *opening).await?;"]],
    test: [...proof, "days"],
  },
  {
    rule: "one retry, and only after a no or nothing",
    broken: "a retry also after a yes",
    file: "src-tauri/crates/domain/src/doors.rs",
    change: [["                effects.push(Effect::Record(Fact::Acknowledged { opening }));", "                live.retry_since = Some(now);\n                effects.push(Effect::Record(Fact::Acknowledged { opening }));"]],
    test: [...proof, "days"],
  },
  {
    rule: "a door that opens without an opening is an alarm",
    broken: "no alarm for a forced door",
    file: "src-tauri/crates/domain/src/doors.rs",
    change: [["        let alarm = if asked { AlarmKind::WrongDoor } else { AlarmKind::Forced };", "        if !asked {\n            return;\n        }\n        let alarm = AlarmKind::WrongDoor;"]],
    test: [...proof, "days"],
  },
  {
    rule: "a board that reboots reads all alike, and nothing follows from it",
    broken: "every reading counts at once",
    file: "src-tauri/crates/domain/src/doors/board.rs",
    change: [["        self.link == Link::Trusted\n", "        self.online()\n"]],
    test: ["test", "-q", "-p", "domain", "fault_14"],
  },
  {
    rule: "a jump of the wall clock expires nothing",
    broken: "the wall clock is believed whatever it says",
    file: "src-tauri/crates/domain/src/calendar.rs",
    change: [["pub const SLACK: i64 = 10 * MINUTE;", "pub const SLACK: i64 = 1_000 * 365 * DAY;"]],
    test: [...proof, "fault_27"],
  },
  {
    rule: "the throttle survives a restart",
    broken: "wrong codes are counted in memory only",
    file: station + "visit.rs",
    change: [["        let keep = async || Ok(self.station.inner.store.put_setting(THROTTLE, &text).await?);\n        with_room!(self.station, keep().await)", "        let _ = text;\n        Ok(())"]],
    test: [...proof, "fault_26"],
  },
  {
    rule: "a file whose sync failed is not written again",
    broken: "a failed sync is taken for a passing trouble",
    file: "src-tauri/crates/store/src/gate.rs",
    change: [["            self.shut(&error.to_string());", "            let _ = error;"]],
    test: [...proof, "fault_06"],
  },
  {
    rule: "another board than the declared one is staff's to see to",
    broken: "a wrong board is only silent",
    file: station + "door_loop.rs",
    change: [["                    self.tell_wrong_board(bank).await;\n", ""]],
    test: [...stories, "fault_13"],
  },
  {
    rule: "the watchdog hears from the door loop itself",
    broken: "a door loop that hangs counts as alive",
    file: station + "start.rs",
    change: [["        matches!(answered, Ok(Ok(())))", "        !matches!(answered, Ok(Err(_)))"]],
    test: [...stories, "hangs"],
  },
];

/** What is broken at the moment, to be mended whatever happens. */
let spoilt;
let testing;

function mend() {
  if (spoilt) writeFileSync(spoilt.path, spoilt.good);
  spoilt = undefined;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    mend();
    if (testing) process.kill(-testing.pid, signal);
    process.exit(130);
  });
}
process.on("exit", mend);

/** A mutant that makes a test wait for ever is caught as well. */
const PATIENCE = 15 * 60_000;

/** Cargo in a group of its own, so that an interrupt reaches the tests it started. */
function cargo(args) {
  return new Promise((done, fail) => {
    testing = spawn("cargo", args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [testing.stdout, testing.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
    const { pid } = testing;
    const waited = setTimeout(() => { said += "\npanicked at the end of patience:\nit hung\n"; process.kill(-pid, "SIGKILL"); }, PATIENCE);
    testing.on("error", fail).on("close", (status) => {
      testing = undefined;
      clearTimeout(waited);
      done({ status, said });
    });
  });
}

function spoil(path, change) {
  const file = relative(root, path);
  if (ask("git", "status", "--porcelain", "--", file) !== "") throw new Stop(`${file} has changes that are not committed: a mutant would sit on them`);
  const good = readFileSync(path, "utf8");
  let bad = good;
  for (const [from, to] of change) {
    if (!bad.includes(from)) throw new Stop(`${file} has no ${JSON.stringify(from)} any more: mend the mutant`);
    bad = bad.replace(from, () => to);
  }
  spoilt = { path, good };
  writeFileSync(path, bad);
}

await task(async () => {
  const only = process.argv[2] ?? "";
  const chosen = mutants.filter(({ broken }) => broken.includes(only));
  if (chosen.length === 0) throw new Stop(`no mutant is called "${only}"`);
  const survivors = [];
  for (const { rule, broken, file, change, test } of chosen) {
    spoil(join(root, file), change);
    try {
      const built = await cargo([...test, "--no-run"]);
      if (built.status !== 0) throw new Stop(`the mutant "${broken}" does not compile:\n${built.said}`);
      const { status, said } = await cargo(test);
      const which = /^test (\S+) \.\.\. FAILED|^ {4}([a-z0-9_:]+)$/mu.exec(said)?.slice(1).find(Boolean) ?? "a test";
      const why = /(?:seed \d+: |panicked at [^\n]+\n)([^\n]+)/u.exec(said)?.[1] ?? "it failed";
      if (status === 0) survivors.push(broken);
      say(status === 0 ? `SURVIVED: ${broken} (${rule})` : `caught: ${broken} (${rule})\n       by ${which}: ${why.slice(0, 300)}`);
    } finally {
      mend();
    }
  }
  if (survivors.length > 0) throw new Stop(`${survivors.length} mutants survived`);
  say(`${chosen.length} mutants, each of them caught`);
});
