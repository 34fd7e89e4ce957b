import { describe, expect, it } from "vitest";
import { altKey, isField } from "./keys";

const key = (init: KeyboardEventInit) => new KeyboardEvent("keydown", init);

describe("altKey", () => {
  it("reads the key, not what the layout prints with Alt", () => {
    expect(altKey(key({ code: "KeyS", key: "ß", altKey: true }))).toBe("S");
    expect(altKey(key({ code: "Digit1", key: "¡", altKey: true }))).toBe("1");
  });
  it("is nothing without Alt, or with Ctrl as AltGr sends it", () => {
    expect(altKey(key({ code: "KeyS" }))).toBeNull();
    expect(altKey(key({ code: "KeyS", altKey: true, ctrlKey: true }))).toBeNull();
  });
});

describe("isField", () => {
  it("knows what takes text", () => {
    const input = document.createElement("input");
    expect(isField(input)).toBe(true);
    input.type = "radio";
    expect(isField(input)).toBe(false);
    expect(isField(document.createElement("button"))).toBe(false);
  });
});
