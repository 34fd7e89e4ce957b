import { describe, expect, it } from "vitest";
import type { KioskState, VisitItem } from "../ipc/bindings";
import { bank, item, kiosk, opening, own, pickup } from "../parts/fixtures";
import { next, openDoors, start, wholeCode, type Input, type Moment } from "./flow";

const walk = (...inputs: Input[]): Moment => inputs.reduce(next, start);
const state = (state: KioskState): Input => ({ kind: "state", state });
const answered = (state: KioskState): Input => ({ kind: "answered", state });
const digits = (text: string): Input[] => [...text].map((digit) => ({ kind: "digit", digit }));
const refused: Input = { kind: "failed", error: { code: "credentialRefused" } };

describe("entering a code", () => {
  it("gathers eight digits and no more, and knows when the code is whole", () => {
    const seven = walk(state(kiosk()), ...digits("4071825"));
    expect(wholeCode(seven)).toBeNull();
    expect(wholeCode(next(seven, { kind: "digit", digit: "3" }))).toBe("40718253");
    expect(wholeCode(walk(state(kiosk()), ...digits("407182539")))).toBe("40718253");
  });

  it("rubs out and clears", () => {
    expect(walk(state(kiosk()), ...digits("407"), { kind: "rub" }).screen).toEqual({ at: "welcome", digits: "40" });
    expect(walk(state(kiosk()), ...digits("407"), { kind: "clear" }).screen).toEqual({ at: "welcome", digits: "" });
  });

  it("keeps the digits on show while they are checked, and drops them when refused", () => {
    const asked = walk(state(kiosk()), ...digits("40718253"), { kind: "asked" });
    expect(asked.screen).toEqual({ at: "checking", digits: "40718253" });
    const after = next(asked, refused);
    expect(after.screen).toEqual({ at: "welcome", digits: "" });
    expect(after.notice).toEqual({ code: "credentialRefused" });
    expect(next(after, { kind: "digit", digit: "1" }).notice).toBeNull();
  });

  it("takes no digits while the keypad is locked, and a lock comes with the refusal", () => {
    const locked = walk(state(kiosk()), { kind: "asked" }, { kind: "failed", error: { code: "throttled", seconds: 30 } });
    expect(locked.state?.lockedSeconds).toBe(30);
    expect(next(locked, { kind: "digit", digit: "1" }).screen).toEqual({ at: "welcome", digits: "" });
    expect(wholeCode({ ...locked, screen: { at: "welcome", digits: "40718253" } })).toBeNull();
  });

  it("tells of a badge refused by the kiosk's own reader as of a code, and disturbs nobody else with it", () => {
    for (const before of [walk(state(kiosk()), ...digits("407")), walk(state(kiosk()), { kind: "lostCode" }), walk(state(kiosk({ banks: [bank("open")] })))]) {
      expect(next(before, { kind: "badgeRefused" })).toMatchObject({ screen: { at: "welcome", digits: "" }, notice: { code: "credentialRefused" } });
    }
    for (const before of [walk(), walk(state(kiosk({ outOfService: true }))), walk(answered(pickup([item("open")]))), walk(state(kiosk()), ...digits("40718253"), { kind: "asked" })]) {
      expect(next(before, { kind: "badgeRefused" })).toBe(before);
    }
  });

  it("isn't disturbed by news of doors or devices", () => {
    const typing = walk(state(kiosk()), ...digits("407"));
    expect(next(typing, state(kiosk({ offlineDevices: ["Lobby"] }))).screen).toEqual({ at: "welcome", digits: "407" });
    expect(next(typing, state(kiosk({ banks: [bank("open")] }))).screen).toEqual({ at: "welcome", digits: "407" });
    const checking = next(typing, { kind: "asked" });
    expect(next(checking, state(kiosk())).screen.at).toBe("checking");
  });
});

describe("two factors", () => {
  const locked = (needs: "badge" | "code") => {
    const state = pickup([{ ...item("locked"), needs }]);
    if (state.visit?.kind === "pickup") state.visit.needs = needs;
    return state;
  };

  it("asks for the code after the badge, gathers it, and opens with it", () => {
    const asked = walk(answered(locked("code")));
    expect(asked.screen).toEqual({ at: "second", needs: "code", digits: "", checking: false });
    const typed = walk(answered(locked("code")), ...digits("40718253"));
    expect(wholeCode(typed)).toBe("40718253");
    const checking = next(typed, { kind: "asked" });
    expect(wholeCode(checking)).toBeNull();
    expect(next(checking, state(locked("code"))).screen).toBe(checking.screen);
    expect(next(checking, answered(pickup([item("open")]))).screen).toEqual({ at: "open", item: 0 });
  });

  it("keeps the visit when the second is wrong", () => {
    const wrong = next(walk(answered(locked("code")), ...digits("40718253"), { kind: "asked" }), refused);
    expect(wrong).toMatchObject({ screen: { at: "second", digits: "", checking: false }, notice: { code: "credentialRefused" } });
  });

  it("asks for the badge after the code, and takes no digits for it", () => {
    const asked = walk(answered(locked("badge")), ...digits("12"));
    expect(asked.screen).toEqual({ at: "second", needs: "badge", digits: "", checking: false });
    expect(next(asked, { kind: "badgeRefused" })).toMatchObject({ screen: { at: "second" }, notice: { code: "credentialRefused" } });
  });
});

describe("one's own things", () => {
  const visit = pickup([]);

  it("go on through what is asked, until a door opens or the visit ends", () => {
    const there = walk(answered(visit), { kind: "own", page: "away" });
    expect(there.screen).toEqual({ at: "own", page: "away" });
    expect(next(there, state(visit)).screen).toBe(there.screen);
    expect(next(there, answered(visit)).screen).toEqual({ at: "own", page: "menu" });
    expect(next(there, state(pickup([item("open")]))).screen.at).toBe("open");
    expect(next(there, state(kiosk())).screen.at).toBe("welcome");
    expect(next(there, { kind: "back" }).screen.at).toBe("nothing");
  });

  it("are nobody's without a visit", () => {
    expect(walk(state(kiosk()), { kind: "own", page: "menu" }).screen.at).toBe("welcome");
  });

  it("wait for the badge that was asked for", () => {
    const waiting = pickup([]);
    if (waiting.visit?.kind === "pickup") waiting.visit.own = own({ awaiting: "delegate" });
    const there = walk(answered(visit), { kind: "own", page: "delegates" }, answered(waiting));
    expect(there.screen).toEqual({ at: "awaiting" });
    expect(next(there, { kind: "badgeRefused" })).toMatchObject({ screen: { at: "awaiting" }, notice: { code: "credentialRefused" } });
  });
});

describe("a lost code", () => {
  it("takes a number, and says the same when it is sent", () => {
    const typed = walk(state(kiosk()), { kind: "lostCode" }, ...digits("1234567890123456"));
    expect(typed.screen).toEqual({ at: "lostCode", digits: "123456789012345", sent: false });
    const sent = next(next(typed, { kind: "asked" }), answered(kiosk()));
    expect(sent.screen).toEqual({ at: "lostCode", digits: "", sent: true });
    expect(next(sent, { kind: "digit", digit: "1" })).toBe(sent);
    expect(next(sent, answered(pickup([item("open")]))).screen.at).toBe("open");
  });
});

describe("a pickup", () => {
  const steps: [VisitItem["step"], string][] = [
    ["opening", "opening"], ["open", "open"], ["notOpened", "notOpened"], ["unknown", "look"], ["reported", "reported"],
    ["unavailable", "unavailable"], ["waiting", "waiting"], ["shut", "thanks"],
  ];
  it.each(steps)("shows step %s as screen %s", (step, at) => {
    expect(walk(answered(pickup([item(step)]))).screen.at).toBe(at);
  });

  it("never says open before the door has been seen open", () => {
    for (const step of ["waiting", "opening", "notOpened", "unknown"] as const) {
      expect(walk(answered(pickup([item(step)]))).screen.at).not.toBe("open");
    }
  });

  it("goes from door to door, and thanks only when all are shut", () => {
    const two = (a: VisitItem["step"], b: VisitItem["step"], current: number) => walk(answered(pickup([item(a), item(b, "C02")], current))).screen;
    expect(two("shut", "waiting", 0)).toEqual({ at: "waiting", item: 1 });
    expect(two("shut", "open", 1)).toEqual({ at: "open", item: 1 });
    expect(two("shut", "shut", 1)).toEqual({ at: "thanks" });
  });

  it("doesn't thank somebody for whom nothing is here", () => {
    const known = walk(answered(pickup([], null)));
    expect(known.screen).toEqual({ at: "nothing" });
    expect(next(known, { kind: "idle" }).screen).toEqual({ at: "welcome", digits: "" });
  });

  it("keeps the help screen while the visit goes on, and leads back into it", () => {
    const helped = walk(answered(pickup([item("open")])), { kind: "help" }, state(pickup([item("open")])));
    expect(helped.screen.at).toBe("help");
    expect(next(helped, { kind: "back" }).screen.at).toBe("open");
  });

  it("keeps a failure beside the screen it happened on", () => {
    const after = next(walk(answered(pickup([item("notOpened")]))), { kind: "failed", error: { code: "deviceOffline", device: "Lobby" } });
    expect(after.screen.at).toBe("notOpened");
    expect(after.notice?.code).toBe("deviceOffline");
  });
});

describe("leaving", () => {
  it("warns only during a visit, and a touch takes the warning away", () => {
    expect(walk(state(kiosk()), { kind: "leaving", seconds: 9 }).leaving).toBeNull();
    const warned = walk(answered(pickup([item("open")])), { kind: "leaving", seconds: 9 });
    expect(warned.leaving).toBe(9);
    expect(next(warned, { kind: "touch" }).leaving).toBeNull();
  });

  it("forgets everything of the person", () => {
    for (const before of [walk(state(kiosk()), ...digits("407")), walk(state(kiosk()), refused), walk(state(kiosk()), { kind: "lostCode" }), walk(answered(pickup([item("shut")])))]) {
      const after = next(before, { kind: "idle" });
      expect(after).toMatchObject({ screen: { at: "welcome", digits: "" }, notice: null, leaving: null, state: { visit: null } });
    }
  });

  it("forgets no open door, and lets the next person go on beside it", () => {
    const open = kiosk({ banks: [bank("open")], visit: pickup([item("open")]).visit });
    const after = next(walk(answered(open)), { kind: "idle" });
    expect(after.screen.at).toBe("closeDoor");
    expect(openDoors(after.state!).map((c) => c.label)).toEqual(["A02"]);
    expect(next(after, { kind: "back" }).screen).toEqual({ at: "welcome", digits: "" });
    expect(next(after, { kind: "digit", digit: "4" }).screen).toEqual({ at: "welcome", digits: "4" });
    expect(next(after, state(kiosk())).screen.at).toBe("welcome");
  });
});

describe("a failed disk", () => {
  it("stops everything, from any screen", () => {
    const error: Input = { kind: "failed", error: { code: "outOfService", why: "storage" } };
    for (const before of [walk(state(kiosk())), walk(answered(pickup([item("open")])))]) expect(next(before, error).screen.at).toBe("outOfService");
    expect(walk(state(kiosk({ outOfService: true }))).screen.at).toBe("outOfService");
  });
});

describe("a staff visit", () => {
  const staff = (deposit: Partial<NonNullable<Extract<KioskState["visit"], { kind: "staff" }>["deposit"]>> | null) =>
    walk(answered(kiosk({ visit: { kind: "staff", who: "Rosa", secondsLeft: 60, everythingAllowed: false, everything: null, deposit: deposit && { package: "p", trackingNumber: "1Z", recipient: "Anna", proposal: null, opening: null, done: false, ...deposit } } }))).screen;

  it("follows the deposit", () => {
    expect(staff(null)).toEqual({ at: "staff", step: "list" });
    expect(staff({ proposal: { kind: "shelf", why: ["oversize"], place: "C-12" } })).toEqual({ at: "staff", step: "shelf" });
    expect(staff({ opening: opening("sent") })).toEqual({ at: "staff", step: "opening" });
    expect(staff({ opening: opening("open") })).toEqual({ at: "staff", step: "open" });
    expect(staff({ opening: opening("notOpened") })).toEqual({ at: "staff", step: "notOpened" });
    expect(staff({ opening: opening("unknown") })).toEqual({ at: "staff", step: "look" });
    expect(staff({ opening: opening("closed"), done: true })).toEqual({ at: "staff", step: "list" });
  });
});
