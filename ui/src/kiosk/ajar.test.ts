import { expect, it, vi } from "vitest";
import { Ajar } from "./ajar";

function room() {
  const beep = vi.fn();
  const clock = { seconds: 0 };
  const ajar = new Ajar(beep, () => clock.seconds * 1000);
  /** Seconds pass, ticking four times in each as the page does. */
  const pass = (seconds: number) => {
    for (let n = 0; n < seconds * 4; n++) {
      clock.seconds += 0.25;
      ajar.tick();
    }
  };
  return { beep, ajar, pass };
}
const open = (...ids: string[]) => ids.map((id) => ({ id, seconds: null }));

it("beeps after a minute, then every ten seconds until the door is shut", () => {
  const { beep, ajar, pass } = room();
  ajar.learn(open("a"));
  pass(59);
  expect(beep).not.toHaveBeenCalled();
  pass(1);
  expect(beep).toHaveBeenCalledTimes(1);
  pass(9);
  expect(beep).toHaveBeenCalledTimes(1);
  pass(21);
  expect(beep).toHaveBeenCalledTimes(4);
  ajar.learn([]);
  pass(100);
  expect(beep).toHaveBeenCalledTimes(4);
  expect(ajar.longest).toBe(0);
});

it("counts each door from when it was learnt of, and a door opened again anew", () => {
  const { beep, ajar, pass } = room();
  ajar.learn(open("a"));
  pass(40);
  ajar.learn(open("a", "b"));
  expect(ajar.longest).toBe(40);
  ajar.learn(open("b"));
  pass(30);
  expect(ajar.longest).toBe(30);
  ajar.learn([]);
  ajar.learn(open("a"));
  expect(ajar.longest).toBe(0);
  pass(59);
  expect(beep).not.toHaveBeenCalled();
});

it("believes the Rust side when it knows of the door for longer, and never counts back", () => {
  const { beep, ajar, pass } = room();
  ajar.learn([{ id: "a", seconds: 58 }]);
  pass(2);
  expect(beep).toHaveBeenCalledTimes(1);
  ajar.learn(open("a"));
  expect(ajar.longest).toBe(60);
});
