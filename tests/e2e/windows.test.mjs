// What people do in the two windows of the real app, with a board at the end of a serial port and a mail server.
import assert from "node:assert/strict";
import { story } from "./support/story.mjs";
import { codeIn, edsger, grace, room, stored, unlock } from "./support/room.mjs";
import { admin } from "./support/site.mjs";
import { key, until } from "./support/webdriver.mjs";

async function signIn(mailroom) {
  await mailroom.fill("Email", admin.email);
  await mailroom.fill("Password", admin.password);
  await mailroom.press("Sign in");
  await mailroom.see("Sign out");
}

/** The eight digits on the keypad, one after another. */
async function enter(kiosk, code) {
  await kiosk.see("Pick up your package");
  for (const digit of code) await kiosk.press(digit);
}

/** What the window shows ends in a closed, verified log. */
async function checked(world, app) {
  await app.close();
  assert.match(await world.cubby("check", "--data", world.data), /^ok: \d+ events, the chain holds/);
}

story("a package goes from its label to a free compartment, by code and by badge", async (world) => {
  const { board, mail, node } = await room(world, {}, {}, { withAdmin: true });
  await node.person(edsger);
  await node.stop("SIGTERM");
  const app = await world.open("--data", world.data, "--role", "both");
  const { mailroom, kiosk } = app;
  await signIn(mailroom);
  assert.deepEqual(await app.windows(), ["kiosk", "mailroom"]);

  // Scanned, for somebody nobody knows yet, who is added on the way.
  await mailroom.scan("1Z999AA10123456784");
  await mailroom.see("check digit right");
  await mailroom.fill("Recipient", grace.name);
  await mailroom.see("Nobody fits");
  await mailroom.type(key.enter);
  await mailroom.see("Add a person");
  await mailroom.fill("Email", grace.email);
  await mailroom.type(key.enter);
  await mailroom.gone("Add a person");
  await mailroom.type("m");
  await mailroom.see("Take in, open door");
  await mailroom.see("least used lately");
  await mailroom.type(key.enter);
  assert.equal(await board.opened(), 9);
  assert.deepEqual(board.openings(), [unlock(9)]);
  await mailroom.see("A03 is open");
  await board.shut(9);
  await mailroom.see("A03 is shut");
  const code = codeIn(await mail.to(grace.email));
  await mailroom.see("told by mail");

  // The next, for somebody known: scanner and keyboard alone.
  await mailroom.scan("JD014600004522310999");
  await mailroom.see("DHL");
  await mailroom.type("dijk");
  await mailroom.see(edsger.name);
  await mailroom.type(key.enter);
  await mailroom.type("l");
  await mailroom.see("Large · the size that fits");
  await mailroom.type(key.enter);
  assert.equal(await board.opened(), 17);
  await mailroom.see("B02 is open");
  await board.shut(17);
  await mailroom.see("B02 is shut");
  await mail.to(edsger.email);

  // Grace comes with her code.
  await enter(kiosk, code);
  assert.equal(await board.opened(), 9);
  await kiosk.see("Door A03 is open");
  await board.shut(9);
  await kiosk.see("Thank you. Door A03 is shut.");
  await kiosk.press("I'm done");

  // Edsger taps his badge: a reader that types.
  await kiosk.see("Pick up your package");
  await kiosk.scan("0045871123");
  assert.equal(await board.opened(), 17);
  await kiosk.see("Door B02 is open");
  assert.ok(!(await kiosk.text("body")).includes("Dijkstra"), "names are masked");
  await board.shut(17);
  await kiosk.see("Thank you. Door B02 is shut.");
  await kiosk.press("I'm done");

  await mailroom.press("Banks");
  await mailroom.see("0 of 5 in use");
  assert.deepEqual(board.openings(), [9, 17, 9, 17].map((channel) => unlock(channel)));

  // Each window may call its own commands and no other's.
  const intake = { trackingNumber: "1Z1", recipientId: "x", size: "S", handling: [], note: null };
  for (const [window, command, args] of [
    [kiosk, "receive", { intake }], [kiosk, "packages", { query: "", state: null, after: null }],
    [kiosk, "sign_in", { email: admin.email, password: admin.password }], [kiosk, "inspect", { compartment: "x" }],
    [mailroom, "kiosk_enter_code", { code }], [mailroom, "kiosk_state", {}],
    [kiosk, "plugin:window|close", {}], [kiosk, "plugin:webview|create_webview_window", {}],
  ]) {
    assert.match(await window.invoke(command, args), /not allowed|not found/i, `${window.name}: ${command}`);
  }
  assert.equal(await kiosk.invoke("kiosk_state"), "done");
  await checked(world, app);
});

story("at the kiosk a jam, a pulled cable and a lost answer are told as they are", async (world) => {
  const the = await room(world, {}, {}, { withAdmin: true });
  const { board, node } = the;
  const { channel, code } = await stored(the, await node.person(grace), grace.email, "JD014600004522310999", "A01");
  await node.stop("SIGTERM");
  const app = await world.open("--data", world.data, "--role", "both");
  const { mailroom, kiosk } = app;
  await signIn(mailroom);

  // The door sticks.
  await board.jam(channel);
  await enter(kiosk, code);
  await kiosk.see("Door A01 didn't open");
  await kiosk.see("Push the door firmly");
  await kiosk.see("2 tries left");
  assert.equal(board.openings().length, 2);

  // The frame has left, then the cable is pulled: nobody can tell.
  await kiosk.press("Try again");
  await board.next((line) => line.jammed, "the first frame");
  await board.next((line) => line.jammed, "the second frame");
  await board.unplug();
  await kiosk.see("Please look: is door A01 open?");
  await kiosk.press("No, it is shut");
  await kiosk.see("Door A01 didn't open");
  await mailroom.press("Banks");
  await mailroom.see(/Doesn’t answer|Offline for/);
  await mailroom.press(/^Needs you/);
  await mailroom.see("Look inside");

  // Without a cable nothing is promised, and nothing is sent later.
  await kiosk.press("Try again");
  await kiosk.see(/Door A01 (didn't open|won't open|can't be opened now)/);
  await board.free(channel);
  await board.plug();
  await mailroom.press("Banks");
  await mailroom.gone(/Doesn’t answer|Offline for/, 20);
  assert.equal(board.openings().length, 3, "nothing is sent when the cable is back");

  // The code is as good as before.
  assert.equal(await kiosk.invoke("kiosk_end"), "done"); // as after half a minute without a touch
  await enter(kiosk, code);
  assert.equal(await board.opened(), channel);
  await kiosk.see("Door A01 is open");
  await board.shut(channel);
  await kiosk.see("Thank you. Door A01 is shut.");
  await checked(world, app);
});

story("an empty folder is set up on a virtual bank, and a package goes in", async (world) => {
  const app = await world.open("--data", world.data, "--role", "both");
  const { mailroom, kiosk } = app;
  await mailroom.see("Set up this site");
  assert.deepEqual(await app.windows(), ["mailroom"]);
  await mailroom.see("Try it on a virtual bank");
  await mailroom.press("Next");
  await mailroom.fill("Name of the site", "Head office");
  await mailroom.fill("Name of the bank", "Lobby");
  await mailroom.press("Small");
  await mailroom.press("Next");
  await mailroom.fill("Name", "Ada Admin");
  await mailroom.fill("Email", admin.email);
  await mailroom.fill("Password", "short");
  await mailroom.press("Next");
  await mailroom.see("This is too short.");
  await mailroom.fill("Password", admin.password);
  await mailroom.press("Next");
  await mailroom.see("Without a mail server they are told at the counter");
  await mailroom.press("Next");
  await mailroom.see("This is what will be made");
  await mailroom.press("Make this site");
  await mailroom.see("Where it goes is said here");
  await until(async () => (await app.windows()).length === 2, { what: "the kiosk's window" });
  await kiosk.see("Pick up your package");

  await mailroom.scan("TBA305881220144");
  await mailroom.see("Amazon");
  await mailroom.fill("Recipient", "Zoë Quartey");
  await mailroom.see("Nobody fits");
  await mailroom.type(key.enter);
  await mailroom.see("Add a person");
  await mailroom.type(key.enter);
  await mailroom.gone("Add a person");
  await mailroom.see("Take in, open door");
  await mailroom.type(key.enter);
  await mailroom.see(/[AB]0\d is open/);
  await mailroom.press("Virtual bank");
  await mailroom.press(/^Push shut: [AB]0\d$/);
  await mailroom.gone("Push shut");
  await mailroom.press("Packages");
  await mailroom.see("In compartment");
  await mailroom.press("Sign out");
  await signIn(mailroom);
  await checked(world, app);
});
