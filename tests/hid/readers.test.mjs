// The badge reader code of the hardware crate, unchanged, against a real kernel: devices appear in
// /dev/hidraw*, send reports, and are pulled out.
import { after, before, test } from "node:test";
import { join } from "node:path";
import { target } from "../../.ci/tasks/lib.mjs";
import { boot } from "./guest.mjs";

const hex = (text) => text.replace(/#.*$/gm, "").replace(/\s/g, "");

// A boot keyboard (HID 1.11, appendix B.1) without its lamps.
const keyboard = hex(`
  05 01 09 06 A1 01                               # generic desktop, keyboard
  05 07 19 E0 29 E7 15 00 25 01 75 01 95 08 81 02 # modifiers
  75 08 95 01 81 03                               # reserved byte
  15 00 26 FF 00 19 00 29 FF 75 08 95 06 81 00    # six keys
  C0`);

// A badge reader of the page 8C whose report has the Access-IS form: id 02, length, AIM id, 56 bytes of
// data, two bytes for further use, and the "more follows" bit.
const pos = hex(`
  05 8C 09 01 A1 01 09 12 A1 02 85 02             # badge reader, scanned data report
  15 00 26 FF 00 75 08
  05 01 09 3B 95 01 81 02                         # byte count
  05 8C 09 FB 09 FC 09 FD 95 03 81 02             # symbology identifier 1 to 3
  09 FE 95 38 82 02 01                            # decoded data
  95 02 81 03
  09 FF 25 01 75 01 95 01 81 02 75 07 81 03       # data continued
  C0 C0`);

// "0040856634" and Enter, each key followed by its release.
const badge = "27 27 21 27 25 22 23 23 20 21 28".split(" ").flatMap((key) => [`0000${key}0000000000`, "00".repeat(8)]);

const scan = (text, more) => {
  const data = Buffer.from(text, "latin1");
  return Buffer.concat([Buffer.from([2, data.length]), Buffer.from("]Q0"), data, Buffer.alloc(56 - data.length),
    Buffer.from([0x73, 0, more ? 1 : 0])]).toString("hex");
};

let guest;
before(async () => {
  const program = join(target, "debug/examples/hid_guest");
  // Ends by itself after five reads, which this test makes.
  const command = "hid_guest 5 300 hid-keyboard 413d:2107 hid-pos 0dba:8c01";
  guest = await boot(join(target, "hid"), { program, command });
});
after(() => guest?.stop());

const plugIn = async () => {
  await guest.say("plug", "badges", "413d:2107", keyboard);
  await guest.hears(/^hid-keyboard 413d:2107 up/);
};
const present = async () => {
  await guest.say("report", "badges", ...badge);
  await guest.hears(/^hid-keyboard 413d:2107 read: 0040856634$/);
};

test("a reader is found and opened when it is plugged in", plugIn);

test("one that is missing is told as down", () => guest.hears(/^hid-pos 0dba:8c01 down: /));

test("a badge is read", present);

test("and the same badge again", present);

test("pulling the reader out is told", async () => {
  await guest.say("unplug", "badges");
  await guest.hears(/^hid-keyboard 413d:2107 down: /);
});

test("plugged in again it reads again, without anybody's help", async () => {
  await plugIn();
  await present();
});

test("a HID POS reader beside it gives text in one report", async () => {
  await guest.say("plug", "scanner", "0dba:8c01", pos);
  await guest.hears(/^hid-pos 0dba:8c01 up/);
  await guest.say("report", "scanner", scan("CUBBY-4711"));
  await guest.hears(/^hid-pos 0dba:8c01 read: CUBBY-4711$/);
});

test("and in two reports, the second one being the maker's example", async () => {
  const first = "M1GATHERGOOD/MICHAEL  YABCDEF LHRDURAK 3542 052Y003D23".padEnd(56);
  const second = `02045D513020313030${"00".repeat(52)}730000`;
  await guest.say("report", "scanner", scan(first, true), second);
  await guest.hears(/^hid-pos 0dba:8c01 read: M1GATHERGOOD.*052Y003D23 +100$/);
});
