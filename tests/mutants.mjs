// npm run mutants: breaks a rule on purpose, one after another, and expects the tests to notice. A mutant that
// survives is a promise that nothing keeps.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { root, say, Stop, task } from "../.ci/tasks/lib.mjs";

const station = "src-tauri/crates/station/src/";
const proof = ["test", "-q", "-p", "stories", "--test", "proof"];

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
    broken: "an unsettled opening is begun again at the start",
    file: "src-tauri/crates/domain/src/doors.rs",
    change: [["                    Unsettled::NotSeen => Phase::Recovering,", "                    Unsettled::NotSeen => Phase::Journaled,"],
      ["                effects.push(Effect::Watch { compartment, on: true });\n            }\n            Input::LineUp",
        "                effects.push(Effect::Watch { compartment, on: true });\n                effects.push(Effect::Transmit { opening, compartment, generation: 1, deadline: now.plus(SEND_WITHIN) });\n            }\n            Input::LineUp"]],
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
    change: [["pub const SLACK: i64 = 10 * MINUTE;", "pub const SLACK: i64 = i64::MAX / 4 * MINUTE / MINUTE;"]],
    test: [...proof, "fault_27"],
  },
];

await task(async () => {
  const only = process.argv[2];
  const survivors = [];
  for (const { rule, broken, file, change, test } of mutants.filter(({ broken }) => !only || broken.includes(only))) {
    const path = join(root, file);
    const good = readFileSync(path, "utf8");
    let bad = good;
    for (const [from, to] of change) {
      if (!bad.includes(from)) throw new Stop(`${file} has no ${JSON.stringify(from)} any more: mend the mutant`);
      bad = bad.replace(from, to);
    }
    try {
      writeFileSync(path, bad);
      const built = spawnSync("cargo", [...test, "--no-run"], { cwd: root, encoding: "utf8" });
      if (built.status !== 0) throw new Stop(`the mutant "${broken}" does not compile:\n${built.stderr}`);
      const { status, stdout, stderr } = spawnSync("cargo", test, { cwd: root, encoding: "utf8" });
      const why = /(?:seed \d+: |panicked at [^\n]+\n)([^\n]+)/.exec(`${stdout}${stderr}`)?.[1] ?? "a test failed";
      if (status === 0) survivors.push(broken);
      say(status === 0 ? `SURVIVED: ${broken} (${rule})` : `caught: ${broken} (${rule})\n       by: ${why}`);
    } finally {
      writeFileSync(path, good);
    }
  }
  if (survivors.length > 0) throw new Stop(`${survivors.length} mutants survived`);
});
