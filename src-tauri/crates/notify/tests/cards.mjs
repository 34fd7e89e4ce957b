// Reads Adaptive Cards with Microsoft's own library: one card a line on standard input, `ok` or what is wrong on
// standard output.
import { createInterface } from "node:readline";

globalThis.self = globalThis; // the bundle is made for browsers
const { AdaptiveCard, SerializationContext } = (await import("adaptivecards/dist/adaptivecards.js")).default;

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  const context = new SerializationContext();
  const card = new AdaptiveCard();
  card.parse(given, context);
  const wrong = [];
  for (let at = 0; at < context.eventCount; at++) wrong.push(context.getEventAt(at).message);
  for (const event of card.validateProperties().validationEvents) wrong.push(event.message);
  // What it doesn't know it leaves out.
  const kept = card.toJSON();
  if (kept.body?.length !== given.body.length) wrong.push("it reads another card");
  console.log(wrong.length === 0 ? "ok" : wrong.join("; "));
}
