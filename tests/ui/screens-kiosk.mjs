// Pictures of the kiosk: each kind of screen once, and a few in the other shapes, themes and in Spanish.
import { sizes, stages, suit } from "./kiosk-stages.mjs";

export const html = "kiosk.html";

const portrait = ["welcome", "open", "several", "notOpened", "look", "thanks", "nothing", "pin", "everything"].map((stage) => ({ stage, shape: "portrait" }));
const others = [
  { stage: "proposal", shape: "landscape" },
  { stage: "open", shape: "portrait", theme: "dark" },
  { stage: "look", shape: "landscape", theme: "contrast" },
  { stage: "several", shape: "landscape", language: "es" },
  { stage: "welcome", shape: "landscape", reach: true },
];
/** The wall screen at half its size: light enough to be kept. */
const scale = { portrait: 0.5, landscape: 0.75 };

export async function take({ visit }) {
  for (const { stage, shape, ...how } of [...portrait, ...others]) {
    const name = ["kiosk", stage, shape, how.theme, how.language, how.reach && "reach"].filter(Boolean).join("-");
    await visit(name, { ...sizes[shape], deviceScaleFactor: scale[shape] }, async (page) => {
      await suit(page, how);
      await stages[stage](page);
    });
  }
}
