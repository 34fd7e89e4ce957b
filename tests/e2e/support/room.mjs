// People, and what every story begins with: a node, a board, a mail server, a package behind its door.
import { until } from "./webdriver.mjs";

export const grace = { name: "Grace Ὑπατία O’Hopper", email: "grace@example.com", badge: "04A2B96C11" };
export const edsger = { name: "Edsger Dijkstra", email: "edsger@example.com", badge: "0045871123" };

/** The frame that opens a channel, byte for byte as the protocol has it. */
export const unlock = (channel, board = 1) => {
  const bytes = [0x8a, board, channel, 0x11];
  return [...bytes, bytes.reduce((sum, byte) => sum ^ byte)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ").toUpperCase();
};

export const codeIn = (mail) => /^(\d{4}) (\d{4})$/m.exec(mail.plain).slice(1).join("");
export const other = (code, n = 1) => String((Number(code) + n) % 1e8).padStart(8, "0");

/** A node on a board, with a mail server. */
export async function room(world, boardOptions = {}, more = {}, site = {}) {
  const board = await world.board(boardOptions);
  const mail = await world.mailServer();
  await world.site({ port: board.port, mail, more, ...site });
  return { board, mail, node: await world.serve() };
}

/** A package goes behind its door and its recipient is told; gives its id, its door's channel and its code. */
export async function stored({ board, mail, node }, recipient, email, tracking, where) {
  const id = await node.package(recipient, tracking);
  const opening = await node.deposit(id, where);
  const channel = await board.opened();
  await node.opening(opening.id, "open");
  await board.shut(channel);
  await node.comes(id, "stored");
  return { id, channel, label: opening.compartment, code: codeIn(await mail.to(email, 20)) };
}

/** The same tap read twice is one tap; whoever acts anew has waited a moment. */
export const aMoment = async () => {
  const from = performance.now();
  await until(() => performance.now() - from > 1_600, { what: "a moment" });
};
