// The board of the journeys is only worth something if it speaks as real ones do: these are the frames
// that the maker and other programs have published.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { Board } from "./support/board.mjs";

const python = process.env.CUBBY_TEST_PYTHON ?? "python3";

const says = (name, options, conversation) =>
  test(name, async (t) => {
    const board = await Board.start(python, { tcp: 0, ...options });
    const line = connect({ host: "127.0.0.1", port: new URL(board.port).port });
    t.after(() => { line.destroy(); return board.stop(); });
    const ask = (frame) =>
      new Promise((done) => {
        line.once("data", (answer) => done(answer.toString("hex").toUpperCase().replace(/..(?=.)/g, "$& ")));
        line.write(Buffer.from(frame.replaceAll(" ", ""), "hex"));
      });
    await conversation(async (frame, answer) => assert.equal(await ask(frame), answer), board, line);
  });

says("switches that are closed in a shut door", {}, async (hears) => {
  await hears("80 01 01 33 B3", "80 01 01 11 91");
  await hears("8A 01 01 11 9B", "8A 01 01 00 8A");
  await hears("80 01 01 33 B3", "80 01 01 00 80");
});

says("switches that are closed in an open door", { "closed-bit": 0 }, async (hears) => {
  await hears("80 01 01 33 B3", "80 01 01 00 80");
  await hears("8A 01 01 11 9B", "8A 01 01 11 9B");
  await hears("80 01 01 33 B3", "80 01 01 11 91");
});

says("eight channels in the long form", { channels: 8, "closed-bit": 0 }, async (hears, board) => {
  await hears("80 01 00 33 B2", "80 01 00 00 00 33 B2");
  await board.pull(2);
  await hears("80 01 00 33 B2", "80 01 00 00 02 33 B0");
});

says("32 channels", { channels: 32 }, (hears) => hears("80 01 00 33 B2", "80 01 FF FF FF FF 33 B2"));

says("the other order of status bytes", { order: "first-byte-first", "closed-bit": 0 }, async (hears, board) => {
  await board.pull(2);
  await hears("80 01 00 33 B2", "80 01 02 00 00 33 B0");
});

says("a second board", { board: 2 }, async (hears) => {
  await hears("80 02 01 33 B0", "80 02 01 11 92");
  await hears("8A 02 01 11 98", "8A 02 01 00 89");
  await hears("80 01 00 99 18", "80 01 02 99 1A");
});

says("three locks at once, without an answer", {}, async (hears, board, line) => {
  line.write(Buffer.from("900102020293", "hex"));
  assert.deepEqual([await board.opened(), await board.opened(), await board.opened()], [2, 10, 18]);
});

says("a jammed lock: acknowledged, but the door stays shut", {}, async (hears, board) => {
  await board.jam(1);
  await hears("8A 01 01 11 9B", "8A 01 01 11 9B");
  await hears("80 01 01 33 B3", "80 01 01 11 91");
});

says("noise and a wrong check byte in front", {}, async (hears) => {
  await hears("FA FD 99 99 80 01 01 33 B3", "80 01 01 11 91");
  await hears("80 01 01 33 00 80 01 01 33 B3", "80 01 01 11 91");
});
