// Pictures of the kiosk: every screen in light at both sizes, and some in the other themes and in Spanish.
import { sizes, stages, suit } from "./kiosk-stages.mjs";

export const html = "kiosk.html";

const others = [
  { stage: "open", shape: "portrait", theme: "dark" },
  { stage: "welcome", shape: "portrait", theme: "contrast" },
  { stage: "look", shape: "landscape", theme: "contrast" },
  { stage: "welcome", shape: "portrait", language: "es" },
  { stage: "several", shape: "landscape", language: "es" },
  { stage: "welcome", shape: "portrait", reach: true },
  { stage: "welcome", shape: "landscape", reach: true },
  { stage: "notOpened", shape: "landscape", reach: true },
  { stage: "open", shape: "portrait", text: 2 },
  { stage: "welcome", shape: "landscape", theme: "dark" },
];

export async function take({ visit }) {
  const plain = Object.keys(stages).flatMap((stage) => Object.keys(sizes).map((shape) => ({ stage, shape })));
  for (const one of [...plain, ...others]) {
    const { stage, shape, ...how } = one;
    const name = ["kiosk", stage, shape, how.theme, how.language, how.reach && "reach", how.text && "large"].filter(Boolean).join("-");
    await visit(name, sizes[shape], async (page) => {
      await suit(page, how);
      await stages[stage](page);
    });
  }
}
