import { expect, it } from "vitest";
import { deviceWhy } from "./devices";

it("says what is wrong with a device and what to do about it", () => {
  expect(deviceWhy({ code: "notPermitted", device: "/dev/ttyUSB0", group: "dialout" })).toContain("group dialout");
  expect(deviceWhy({ code: "notPermitted", device: "/dev/ttyUSB0", group: null })).not.toContain("group");
  expect(deviceWhy({ code: "otherAddress", board: 1, found: 3 })).toMatch(/Board 3 .* board 1/);
  expect(deviceWhy({ code: "diskLow", freeMebibytes: 96 })).toContain("96");
  expect(deviceWhy({ code: "channel", says: { en: "the mailbox is full", es: "el buzón está lleno" } })).toBe("The mailbox is full");
});
