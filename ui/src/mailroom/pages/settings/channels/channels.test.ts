import { expect, it } from "vitest";
import { changeable, draftOf, formOf, remedy, testGoesTo } from "./channels";

it("begins with what may be shown, never with a secret", () => {
  const draft = draftOf("sms", { channel: "sms", api: "https://sms.example.com", account: "AC1", from: "+34600111222" });
  expect(draft).toMatchObject({ api: "https://sms.example.com", account: "AC1", from: "+34600111222", secret: "" });
  expect(draftOf("email", { channel: "email", server: "smtps://mail.example.com", from: "p@example.com", bounces: null })).toMatchObject({ url: "", from: "p@example.com" });
});

it("knows where the usual services are", () => {
  expect(draftOf("sms", null).api).toBe("https://api.twilio.com");
  expect(draftOf("slack", null).api).toBe("https://slack.com/api");
});

it("leaves a secret alone that nobody typed, and trims what was", () => {
  const draft = { ...draftOf("email", null), from: " p@example.com " };
  expect(formOf("email", draft)).toEqual({ channel: "email", url: null, from: "p@example.com" });
  expect(formOf("webhook", { ...draft, url: "https://a.example.com", secret: " whsec_x ", codes: true })).toEqual({ channel: "webhook", url: "https://a.example.com", secret: "whsec_x", codes: true });
  expect(formOf("teams", { ...draft, secret: "https://flow", personal: true })).toEqual({ channel: "teams", url: "https://flow", personal: true });
  expect(formOf("slack", { ...draft, api: "https://slack.com/api", secret: "" })).toEqual({ channel: "slack", api: "https://slack.com/api", token: null });
});

it("asks for an address only where a test needs one", () => {
  expect(testGoesTo("sms", null)).toBe("phone");
  expect(testGoesTo("teams", { channel: "teams", server: "x", personal: true })).toBe("email");
  expect(testGoesTo("teams", { channel: "teams", server: "x", personal: false })).toBeNull();
  expect(testGoesTo("desktop", { channel: "desktop" })).toBeNull();
  expect(changeable("desktop")).toBe(false);
});

it("says what to write instead, at the field it is about", () => {
  const malformed = (field: string) => ({ field, why: "malformed" as const });
  expect(remedy("email", malformed("url"))).toContain("smtps://");
  expect(remedy("webhook", malformed("secret"))).toContain("whsec_");
  expect(remedy("teams", malformed("url"))).toContain("https://");
  expect(remedy("sms", { field: "token", why: "empty" })).toBeNull();
  expect(remedy("slack", malformed("nothing"))).toBeNull();
});
