import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchPresence } from "./presence";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("tells that somebody is there, now and then, and that nobody is once the minutes are over", () => {
  const told = { here: vi.fn(), away: vi.fn() };
  const stop = watchPresence(window, 15, told, () => Date.now());
  window.dispatchEvent(new Event("keydown"));
  window.dispatchEvent(new Event("keydown"));
  expect(told.here).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(14 * 60_000);
  window.dispatchEvent(new Event("pointerdown"));
  expect(told.here).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(14 * 60_000);
  expect(told.away).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2 * 60_000);
  expect(told.away).toHaveBeenCalled();
  stop();
});

it("never locks where the policy says so", () => {
  const told = { here: vi.fn(), away: vi.fn() };
  watchPresence(window, 0, told, () => Date.now());
  vi.advanceTimersByTime(24 * 3_600_000);
  expect(told.away).not.toHaveBeenCalled();
});
