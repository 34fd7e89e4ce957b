import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { captureKeys, silence, Wedge, type Meant } from "./wedge";

function burst(wedge: Wedge, text: string, from = 0, gap = 5): Meant[] {
  return [...text].flatMap((key, at) => wedge.key(key, from + at * gap));
}

describe("what keys mean", () => {
  it("takes a burst with Enter as one scan", () => {
    const wedge = new Wedge();
    expect(burst(wedge, "04A2B96C")).toEqual([]);
    expect(wedge.key("Enter", 45)).toEqual([{ kind: "scan", text: "04A2B96C" }]);
  });

  it("takes a burst of eight digits as a scan, never as a typed code", () => {
    const wedge = new Wedge();
    expect([...burst(wedge, "40718253"), ...wedge.key("Enter", 45)]).toEqual([{ kind: "scan", text: "40718253" }]);
  });

  it("takes a long burst without Enter as a scan once it is silent", () => {
    const wedge = new Wedge();
    burst(wedge, "CUBBY:7Q2K");
    expect(wedge.settle()).toEqual([{ kind: "scan", text: "CUBBY:7Q2K" }]);
  });

  it("takes slow digits as a person's, one by one", () => {
    const wedge = new Wedge();
    const meant = [...burst(wedge, "407", 0, 180), ...wedge.settle()];
    expect(meant).toEqual(["4", "0", "7"].map((digit) => ({ kind: "digit", digit })));
  });

  it("does nothing with an Enter alone, or with slow letters", () => {
    const wedge = new Wedge();
    expect(wedge.key("Enter", 0)).toEqual([]);
    expect([...burst(wedge, "ab", 1000, 200), ...wedge.settle()]).toEqual([]);
  });

  it("keeps two scans apart", () => {
    const wedge = new Wedge();
    const all = [...burst(wedge, "BADGE-1"), ...wedge.key("Enter", 40), ...burst(wedge, "BADGE-2", 300), ...wedge.key("Enter", 340)];
    expect(all).toEqual([{ kind: "scan", text: "BADGE-1" }, { kind: "scan", text: "BADGE-2" }]);
  });
});

describe("taking the window's keys", () => {
  let stop: () => void;
  let heard: Meant[];
  beforeEach(() => {
    vi.useFakeTimers();
    heard = [];
    stop = captureKeys(window, (meant) => heard.push(meant));
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });
  function press(key: string, at: number, more: KeyboardEventInit = {}) {
    const event = new KeyboardEvent("keydown", { key, cancelable: true, bubbles: true, ...more });
    Object.defineProperty(event, "timeStamp", { value: at });
    window.dispatchEvent(event);
    return event;
  }

  it("lets no Enter through to a button", () => {
    expect(press("Enter", 0).defaultPrevented).toBe(true);
    [..."BADGE1"].forEach((key, n) => press(key, 1000 + n * 4));
    expect(press("Enter", 1030).defaultPrevented).toBe(true);
    expect(heard).toEqual([{ kind: "scan", text: "BADGE1" }]);
  });

  it("leaves Tab and a lone Space to a keyboard user, but not inside a burst", () => {
    expect(press("Tab", 0).defaultPrevented).toBe(false);
    expect(press(" ", 500).defaultPrevented).toBe(false);
    press("A", 1000);
    expect(press(" ", 1004).defaultPrevented).toBe(true);
  });

  it("swallows shortcuts", () => {
    for (const more of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }]) expect(press("r", 0, more).defaultPrevented).toBe(true);
    expect(press("F5", 900).defaultPrevented).toBe(true);
    vi.advanceTimersByTime(silence);
    expect(heard).toEqual([]);
  });

  it("tells a slow digit soon after it is typed", () => {
    press("7", 0);
    vi.advanceTimersByTime(silence);
    expect(heard).toEqual([{ kind: "digit", digit: "7" }]);
  });
});
