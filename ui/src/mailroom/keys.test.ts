import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { altKey, isField, LoneKey } from "./keys";

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

describe("LoneKey", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("presses for a key struck alone", () => {
    const press = vi.fn();
    new LoneKey().struck(1000, press);
    vi.advanceTimersByTime(100);
    expect(press).toHaveBeenCalledOnce();
  });
  it("never presses for keys at a scanner's pace", () => {
    const press = vi.fn();
    const lone = new LoneKey();
    for (let at = 0; at < 30; at += 3) lone.struck(1000 + at, press);
    vi.advanceTimersByTime(100);
    expect(press).not.toHaveBeenCalled();
  });
});
