import { expect, it } from "vitest";
import { language } from "../parts/language.svelte";
import type { ApiError } from "./bindings";
import { words } from "./failures";

const errors: ApiError[] = [
  { code: "credentialRefused" },
  { code: "throttled", seconds: 30 },
  { code: "kioskBusy" },
  { code: "notFound", what: "opening" },
  { code: "invalid", field: "email", why: "taken" },
  { code: "refused", why: "packageElsewhere" },
  { code: "deviceOffline", device: "Lobby" },
  { code: "diskLow" },
  { code: "outOfService", why: "storage" },
  { code: "internal", incident: "K7Q2" },
];

it.each(["en", "es"] as const)("has words for each in %s, with their numbers and names in them", (one) => {
  language.current = one;
  for (const error of errors) {
    const { title, help } = words(error);
    expect(title.length).toBeGreaterThan(3);
    expect(help).not.toMatch(/[{}]/);
  }
  expect(words({ code: "throttled", seconds: 30 }).help).toContain("30");
  expect(words({ code: "deviceOffline", device: "Lobby" }).title).toContain("Lobby");
  expect(words({ code: "internal", incident: "K7Q2" }).help).toContain("K7Q2");
  language.current = "en";
});

it("is as loud as the matter", () => {
  expect(words({ code: "credentialRefused" }).severity).toBe("hint");
  expect(words({ code: "outOfService", why: "storage" }).severity).toBe("stop");
});
