// What the kiosk shows, as a pure state machine: next(moment, input) is the whole of it, idle included.
// It knows no clock, no page and no IPC; what is true of doors comes in with the state and is never guessed.
import type { ApiError, CompartmentView, FactorName, KioskState, Visit } from "../ipc/bindings";

export type Step = "list" | "proposal" | "shelf" | "opening" | "open" | "notOpened" | "look";

export type Screen =
  | { at: "starting" }
  | { at: "outOfService" }
  | { at: "welcome"; digits: string }
  | { at: "checking"; digits: string }
  | { at: "lostCode"; digits: string; sent: boolean }
  | { at: "second"; needs: FactorName; digits: string; checking: boolean } // the other way in is asked for, too
  | { at: "own"; page: OwnPage } // what a recipient sees to themselves
  | { at: "awaiting" } // the next badge is not the visitor's
  | { at: "help" }
  | { at: "closeDoor" }
  | { at: "opening" | "open" | "notOpened" | "look" | "reported" | "unavailable" | "waiting"; item: number }
  | { at: "thanks" }
  | { at: "nothing" } // known, and nothing is here for them
  | { at: "staff"; step: Step }
  | { at: "pin"; digits: string } // of a staff badge, or of the second person's
  | { at: "noPin" }
  | { at: "everything" };

export type OwnPage = "menu" | "delegates" | "away" | "badges";

export type Moment = {
  state: KioskState | null;
  screen: Screen;
  /** What went wrong with the last thing asked; the next thing done takes it away. */
  notice: ApiError | null;
  /** Seconds until everything is cleared, while the person is asked whether they are still there. */
  leaving: number | null;
};

export type Input =
  | { kind: "state"; state: KioskState } // the Rust side's word, on its own account
  | { kind: "answered"; state: KioskState } // its answer to what was asked here
  | { kind: "asked" }
  | { kind: "failed"; error: ApiError }
  | { kind: "badgeRefused" } // by the kiosk's own reader
  | { kind: "digit"; digit: string }
  | { kind: "rub" }
  | { kind: "clear" }
  | { kind: "lostCode" }
  | { kind: "own"; page: OwnPage }
  | { kind: "help" }
  | { kind: "back" }
  | { kind: "touch" }
  | { kind: "leaving"; seconds: number }
  | { kind: "idle" };

export const codeLength = 8;
/** Of a telephone or staff number. */
export const numberLength = { least: 4, most: 15 };
const pinLength = 12;
export const start: Moment = { state: null, screen: { at: "starting" }, notice: null, leaving: null };
const welcome: Screen = { at: "welcome", digits: "" };

export function next(now: Moment, input: Input): Moment {
  switch (input.kind) {
    case "state":
      return { ...now, state: input.state, screen: follow(now, input.state) };
    case "answered":
      return { ...now, state: input.state, notice: null, screen: answered(now, input.state) };
    case "asked":
      return { ...now, notice: null, screen: asked(now.screen) };
    case "failed":
      return failed(now, input.error);
    case "badgeRefused":
      return badgeRefused(now);
    case "digit":
      return typed(now, (digits) => (digits.length < longest(now.screen) ? digits + input.digit : digits));
    case "rub":
      return typed(now, (digits) => digits.slice(0, -1));
    case "clear":
      return typed(now, () => "");
    case "lostCode":
      return now.screen.at === "welcome" ? { ...now, notice: null, screen: { at: "lostCode", digits: "", sent: false } } : now;
    case "own":
      return now.state?.visit?.kind === "pickup" ? { ...now, notice: null, screen: { at: "own", page: input.page } } : now;
    case "help":
      return { ...now, notice: null, screen: { at: "help" } };
    case "back":
      return { ...now, notice: null, screen: now.state?.visit ? settled(now.state) : now.state?.outOfService ? { at: "outOfService" } : welcome };
    case "touch":
      return now.leaving === null ? now : { ...now, leaving: null };
    case "leaving":
      return now.state?.visit ? { ...now, leaving: input.seconds } : now;
    case "idle":
      return forget(now);
  }
}

/** Eight digits: the code is whole, and nothing more needs to be pressed. */
export function wholeCode({ screen, state }: Moment): string | null {
  const typing = screen.at === "welcome" || (screen.at === "second" && screen.needs === "code" && !screen.checking);
  return typing && screen.digits.length === codeLength && !state?.lockedSeconds ? screen.digits : null;
}

const longest = (screen: Screen) => (screen.at === "lostCode" ? numberLength.most : screen.at === "pin" ? pinLength : codeLength);

function asked(screen: Screen): Screen {
  if (screen.at === "welcome") return { ...screen, at: "checking" };
  return screen.at === "second" && screen.digits.length === codeLength ? { ...screen, checking: true } : screen;
}

/** What was asked is done: the screen that says what is true now, but for panels that stay. */
function answered({ screen }: Moment, state: KioskState): Screen {
  if (screen.at === "help") return screen;
  if (screen.at === "lostCode" && !state.visit) return { ...screen, digits: "", sent: true };
  const truth = settled(state);
  // Their own things go on until they leave them; a door that opens comes before.
  return screen.at === "own" && stays(truth) ? { ...screen, page: "menu" } : truth;
}

const stays = (truth: Screen) => truth.at === "thanks" || truth.at === "nothing" || truth.at === "second";

/** Is somebody at the page? Then it is not to be taken from under their hands. */
export function engaged({ screen }: Moment): boolean {
  switch (screen.at) {
    case "starting":
    case "outOfService":
    case "closeDoor":
      return false;
    case "welcome":
      return screen.digits !== "";
    default:
      return true;
  }
}

/** Doors that stand open although nobody is being served. */
export function openDoors(state: KioskState): CompartmentView[] {
  return state.banks
    .flatMap((bank) => bank.columns.flat())
    .flatMap((cell) => (cell.kind === "compartment" && cell.compartment.door === "open" ? [cell.compartment] : []));
}

/** The screen that says what is true, with nothing of this page's own in it. */
export function settled(state: KioskState): Screen {
  if (state.outOfService) return { at: "outOfService" };
  if (state.visit) return during(state.visit);
  return openDoors(state).length > 0 ? { at: "closeDoor" } : welcome;
}

function during(visit: Visit): Screen {
  if (visit.kind === "pin") return visit.set ? { at: "pin", digits: "" } : { at: "noPin" };
  if (visit.kind === "staff") {
    if (visit.everything?.kind === "second" && visit.everything.who !== null) return { at: "pin", digits: "" };
    return visit.everything ? { at: "everything" } : { at: "staff", step: depositStep(visit) };
  }
  if (visit.own.awaiting) return { at: "awaiting" };
  if (visit.items.length === 0) return { at: "nothing" };
  if (visit.needs) return { at: "second", needs: visit.needs, digits: "", checking: false };
  if (visit.items.every((item) => item.step === "shut")) return { at: "thanks" };
  const current = visit.current === null ? undefined : visit.items[visit.current];
  const item = current && current.step !== "shut" ? visit.items.indexOf(current) : visit.items.findIndex((one) => one.step !== "shut" && one.step !== "reported");
  const at = visit.items[item]?.step;
  if (at === undefined || at === "shut") return { at: "thanks" };
  return { at: at === "unknown" ? "look" : at === "locked" ? "waiting" : at, item };
}

function depositStep({ deposit }: Extract<Visit, { kind: "staff" }>): Step {
  if (!deposit || deposit.done) return "list";
  switch (deposit.opening?.state) {
    case undefined:
      return deposit.proposal?.kind === "shelf" ? "shelf" : deposit.proposal ? "proposal" : "list";
    case "journaled":
    case "sent":
    case "acknowledged":
      return "opening";
    case "open":
      return "open";
    case "notOpened":
    case "waiting":
      return "notOpened";
    case "unknown":
      return "look";
    case "closed":
      return "list";
  }
}

/** A state on its own account: it moves the visit on, but takes no half-typed code or panel away. */
function follow({ screen, state: before }: Moment, state: KioskState): Screen {
  const truth = settled(state);
  const sameVisit = before !== null && before.visit?.kind === state.visit?.kind;
  switch (screen.at) {
    case "checking":
      return state.visit ? truth : screen;
    case "help":
      return sameVisit ? screen : truth;
    case "own":
      return sameVisit && stays(truth) ? screen : truth;
    case "second":
      return truth.at === "second" && truth.needs === screen.needs ? screen : truth;
    case "pin":
      return sameVisit && truth.at === "pin" ? screen : truth;
    case "welcome":
    case "lostCode":
      return truth.at === "welcome" || (truth.at === "closeDoor" && busyHere(screen)) ? screen : truth;
    default:
      return truth;
  }
}

const busyHere = (screen: Screen) => screen.at === "lostCode" || screen.at === "second" || (screen.at === "welcome" && screen.digits !== "");

function failed(now: Moment, error: ApiError): Moment {
  const lockedSeconds = error.code === "throttled" ? error.seconds : (now.state?.lockedSeconds ?? null);
  const state = now.state && { ...now.state, lockedSeconds, outOfService: now.state.outOfService || error.code === "outOfService" };
  if (state?.outOfService) return { ...now, state, screen: { at: "outOfService" }, notice: null };
  // What was typed is gone with its refusal, and what is asked of a PIN is not asked of the codes' keypad.
  if (now.screen.at === "pin") return { ...now, notice: error, screen: { at: "pin", digits: "" } };
  const screen = now.screen.at === "second" ? { ...now.screen, digits: "", checking: false } : now.screen;
  return { ...now, state, notice: error, screen: screen.at === "checking" ? welcome : screen };
}

/** As a refused code: back at the beginning, and told why. A code being checked or a visit is somebody else's. */
function badgeRefused(now: Moment): Moment {
  if (now.screen.at === "second" || now.screen.at === "awaiting") return { ...now, notice: { code: "credentialRefused" } };
  const mine = now.screen.at === "welcome" || now.screen.at === "lostCode" || now.screen.at === "closeDoor";
  return mine ? { ...now, screen: welcome, notice: { code: "credentialRefused" } } : now;
}

function typed(now: Moment, change: (digits: string) => string): Moment {
  if (now.screen.at === "pin") return { ...now, notice: null, screen: { at: "pin", digits: change(now.screen.digits) } };
  if (now.screen.at === "closeDoor") return typed({ ...now, screen: welcome }, change);
  if (now.screen.at === "lostCode") return now.screen.sent ? now : { ...now, notice: null, screen: { ...now.screen, digits: change(now.screen.digits) } };
  if (now.screen.at === "second" && now.screen.needs === "code" && !now.screen.checking && !now.state?.lockedSeconds) {
    return { ...now, notice: null, screen: { ...now.screen, digits: change(now.screen.digits) } };
  }
  if (now.screen.at !== "welcome" || now.state?.lockedSeconds) return now;
  return { ...now, notice: null, screen: { at: "welcome", digits: change(now.screen.digits) } };
}

/** Nothing of the person stays; an open door does. The Rust side is told to end the visit as well. */
function forget(now: Moment): Moment {
  if (!now.state) return { ...start };
  const state = { ...now.state, visit: null };
  return { state, screen: settled(state), notice: null, leaving: null };
}
