import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { idleAfter, warnFor, watchIdle } from "./idle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched() {
  const told: (number | "idle")[] = [];
  const idle = watchIdle({ leaving: (left) => told.push(left), idle: () => told.push("idle") });
  return { told, idle };
}

it("warns each of the last ten seconds, then is idle, and counts again", () => {
  const { told, idle } = watched();
  vi.advanceTimersByTime(idleAfter * 1000);
  expect(told).toEqual([...Array.from({ length: warnFor }, (_, at) => warnFor - at), "idle"]);
  vi.advanceTimersByTime((idleAfter - warnFor - 1) * 1000);
  expect(told).toHaveLength(warnFor + 1);
  idle.stop();
});

it("starts over with each touch", () => {
  const { told, idle } = watched();
  for (let n = 0; n < 10; n++) {
    vi.advanceTimersByTime(15_000);
    idle.restart();
  }
  expect(told).toEqual([]);
  idle.stop();
});
