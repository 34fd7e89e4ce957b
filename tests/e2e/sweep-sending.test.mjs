// fault_35: the real program is killed at one system call after another while it tells somebody by a real mail server:
// calls on its database, and calls on its sockets. Each time it is started again. Whatever was told to have been
// written arrives, twice at most and then under the same id.
//
// A bounded part runs with every test; `npm run proof -- sweep` tries them all (CUBBY_SWEEP sets how many of each kind).
import assert from "node:assert/strict";
import { join } from "node:path";
import { grace, room, stored } from "./support/room.mjs";
import { story } from "./support/story.mjs";
import { Strace } from "./support/strace.mjs";
import { until } from "./support/webdriver.mjs";

const points = Number(process.env.CUBBY_SWEEP ?? 3);
// Between a wish and the provider's yes there are about so many calls of each kind.
const range = 30;
const tried = Array.from({ length: points }, (_, n) => 1 + Math.floor((n * Math.max(range, points)) / points));

const kinds = {
  "at a call on the database": (world) => ({ calls: "pwrite64,fdatasync,fsync", path: ["cubby.db", "cubby.db-wal"].map((name) => join(world.data, name)) }),
  "at a call on a socket": () => ({ calls: "connect,sendto,recvfrom,write,writev,shutdown" }),
};

for (const [name, calls] of Object.entries(kinds)) {
  story(`fault_35 killed while a notice is sent, ${name}`, async (world) => {
    let { board, mail, node } = await room(world);
    const { id } = await stored({ board, mail, node }, await node.person(grace), grace.email, "JD014600004522310999");
    const copies = () => {
      const counts = new Map();
      for (const { id } of mail.all(grace.email)) counts.set(id, (counts.get(id) ?? 0) + 1);
      return counts;
    };
    const ids = async (kind) => (await node.events()).filter((event) => event.kind === kind).map(({ body }) => body.notice);
    const allSent = async () => (await ids("notice.sent")).length === (await ids("notice.written")).length;
    await until(allSent, { what: "the first to be recorded" });
    let [hit, repeats] = [0, 0];
    for (const at of tried) {
      const { calls: traced, path } = calls(world);
      const strace = await Strace.on(node.pid, { inject: `${traced}:signal=KILL:when=${at}`, path, calls: traced });
      // A new code is a new notice.
      await node.ask("POST", `/packages/${id}/codes`).catch(() => undefined);
      await until(async () => node.gone() || (await allSent().catch(() => false)), { what: `call ${at}: it to be sent, or the program to be gone` });
      hit += Number(node.gone());
      await strace.stop();
      await node.stop();
      const before = copies();

      node = await world.serve();
      await until(allSent, { what: `call ${at}: all that was written to be sent`, seconds: 30 });
      const [after, written] = [copies(), await ids("notice.written")];
      assert.equal(after.size, written.length, `call ${at}: ${written.length} were written, ${after.size} came`);
      for (const [message, count] of after) {
        assert.ok(count <= 2, `call ${at}: ${message} came ${count} times`);
        if (before.has(message)) repeats += count - before.get(message);
      }
      assert.match(await world.cubby("check", "--data", world.data), /^ok: /, `call ${at}`);
    }
    console.log(`${name}: killed ${hit} of ${tried.length} times; every notice came, ${repeats} a second time`);
    assert.ok(hit > 0, "no call was hit");
  }, { seconds: 60 + tried.length * 30 });
}
