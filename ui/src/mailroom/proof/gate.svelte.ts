// What the window does when Rust says "locked" or "confirm first": it asks whoever sits there, once, and the call
// that was refused is made again. Holds no secret and decides nothing: whether the answer was right, Rust says.
import { hold, mendWith } from "../../ipc/client";

let locked = $state(false);
let asking = $state(false);
let opened: ((yes: boolean) => void)[] = [];
let answered: ((yes: boolean) => void)[] = [];

const settle = (waiting: ((yes: boolean) => void)[], yes: boolean) => waiting.forEach((one) => one(yes));

export const gate = {
  get locked() {
    return locked;
  },
  get asking() {
    return asking;
  },
  /** The window closes: what is typed stays, nothing is asked until it opens. */
  lock(): void {
    locked = true;
    hold(true);
  },
  /** Opened by its own person, or left: what was refused meanwhile is then not asked again. */
  open(yes: boolean): void {
    locked = false;
    const waiting = opened;
    opened = [];
    settle(waiting, yes);
    hold(false);
  },
  answer(yes: boolean): void {
    asking = false;
    const waiting = answered;
    answered = [];
    settle(waiting, yes);
  },
};

/** Call it while the window is set up. */
export function guard(): () => void {
  return mendWith((error) => {
    if (error.code === "locked") {
      gate.lock();
      return new Promise((done) => opened.push(done));
    }
    if (error.code === "confirmFirst") {
      asking = true;
      return new Promise((done) => answered.push(done));
    }
    return Promise.resolve(false);
  });
}
