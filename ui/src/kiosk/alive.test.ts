import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { beat, beatEvery } from "./alive";

let frames: (() => void)[];
let hidden: boolean;
beforeEach(() => {
  vi.useFakeTimers();
  frames = [];
  hidden = false;
  vi.stubGlobal("requestAnimationFrame", (then: () => void) => frames.push(then));
  vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
const drawFrame = () => frames.splice(0).forEach((then) => then());
const turn = (to: boolean) => {
  hidden = to;
  document.dispatchEvent(new Event("visibilitychange"));
};

it("is silent until the page is drawn, then beats every two seconds until it is stopped", () => {
  const send = vi.fn();
  const stop = beat(send);
  vi.advanceTimersByTime(10 * beatEvery);
  expect(send).not.toHaveBeenCalled();
  drawFrame();
  drawFrame();
  expect(send.mock.calls).toEqual([[false]]);
  vi.advanceTimersByTime(3 * beatEvery);
  expect(send).toHaveBeenCalledTimes(4);
  stop();
  vi.advanceTimersByTime(3 * beatEvery);
  expect(send).toHaveBeenCalledTimes(4);
});

it("says at once when it is hidden, and when it is seen again", () => {
  const send = vi.fn();
  const stop = beat(send);
  drawFrame();
  drawFrame();
  turn(true);
  turn(false);
  expect(send.mock.calls).toEqual([[false], [true], [false]]);
  stop();
});

it("beats in a page that is hidden from the start, which draws nothing", () => {
  hidden = true;
  const send = vi.fn();
  const stop = beat(send);
  expect(send.mock.calls).toEqual([[true]]);
  stop();
});
