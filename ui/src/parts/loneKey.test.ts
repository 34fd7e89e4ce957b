import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LoneKey } from "./loneKey";

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
  it("counts at once when Enter comes after it, and only if it was alone", () => {
    const press = vi.fn();
    const lone = new LoneKey();
    lone.struck(1000, press);
    lone.settle();
    vi.advanceTimersByTime(100);
    expect(press).toHaveBeenCalledOnce();
    lone.struck(2000, press);
    lone.struck(2005, null);
    lone.settle();
    vi.advanceTimersByTime(100);
    expect(press).toHaveBeenCalledOnce();
  });
});
