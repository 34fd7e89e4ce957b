// The kiosk's half of the Rust side, small and stateful: visits, openings, deposits on one virtual bank.
// window.fake plays the world: doors shut, doors jam, the board goes silent.
import { emit } from "@tauri-apps/api/event";
import type { Answers, Commands, KioskState, OpeningView, Own, Visit, VisitItem } from "./contract";
import { bank, find, received, at } from "./data";
import { answerWith, changed, fail } from "./ipc";

type Outcome = "opens" | "jams" | "silent" | "slow";
type Pickup = Extract<Visit, { kind: "pickup" }>;
type Staff = Extract<Visit, { kind: "staff" }>;

const lobby = bank();
const state: KioskState = {
  site: "North lobby",
  languages: ["en", "es"],
  banks: [lobby],
  outOfService: false,
  offlineDevices: [],
  lockedSeconds: null,
  badgeReader: true,
  visit: null,
  helpCalledAt: null,
};
const codes: Record<string, string[]> = { "40718253": ["A11"], "55512345": ["A08", "B03", "C02"] };
const carriers: Record<string, string | null> = { A11: "UPS", A08: "DHL", B03: null, C02: "FedEx" };
const log: string[] = [];
const pulse: { hidden: boolean; busy: boolean }[] = [];
let outcome: Outcome = "opens";
let wrong = 0;
let openings = 0;
let toDeposit = [...received];

const opened = new Map<string, number>(); // opening -> when the door was seen open
const shutAt = new Map<string, number>(); // package -> when its door was seen shut
const grace = 90;
const since = (then: number) => Math.floor((Date.now() - then) / 1000);

/** The state with its times as they are now. */
function now(): KioskState {
  const items = state.visit?.kind === "pickup" ? state.visit.items : [];
  const deposit = state.visit?.kind === "staff" ? state.visit.deposit?.opening : null;
  for (const one of [...items.map((item) => item.opening), deposit]) {
    if (one?.state === "open") one.ajarSeconds = since(opened.get(one.id) ?? Date.now());
  }
  for (const item of items) {
    if (item.step === "shut") item.reopenSeconds = Math.max(0, grace - since(shutAt.get(item.package) ?? Date.now()));
  }
  return state;
}

const tell = () => void changed("kiosk", "banks");

function opening(label: string, purpose: OpeningView["purpose"], triesLeft: number): OpeningView {
  const c = find(lobby, label);
  const reached = { opens: "open", jams: "notOpened", silent: "unknown", slow: "sent" } as const;
  const made: OpeningView = {
    id: `o-${++openings}`,
    state: reached[outcome],
    compartment: c.id,
    label,
    bank: lobby.name,
    bankId: lobby.id,
    height: c.height,
    purpose,
    triesLeft,
    ajarSeconds: outcome === "opens" ? 0 : null,
    recovered: false,
  };
  if (outcome === "opens") {
    c.door = "open";
    opened.set(made.id, Date.now());
  }
  return made;
}

const steps = { open: "open", notOpened: "notOpened", unknown: "unknown", sent: "opening" } as const;

function openItem(item: VisitItem, purpose: OpeningView["purpose"] = "pickup") {
  item.opening = opening(item.label, purpose, item.triesLeft);
  item.step = steps[item.opening.state as keyof typeof steps];
  item.reopenSeconds = null;
}

function visit(labels: string[]): Pickup {
  const items = labels.map((label): VisitItem => {
    const c = find(lobby, label);
    return {
      package: `p-${label}`, carrier: carriers[label] ?? null, size: c.size, label, bankId: lobby.id, compartment: c.id, height: c.height,
      step: "waiting", opening: null, reopenSeconds: null, triesLeft: 3, reported: null,
      principal: carriers[label] === "DHL" && labels.length > 1 ? "B. S•••••" : null, needs: null,
    };
  });
  return { kind: "pickup", who: "A. G•••••", items, current: 0, secondsLeft: 30, needs: null, own: { ...own }, counter: [] };
}

function begin(labels: string[]): KioskState {
  if (state.visit) fail({ code: "kioskBusy" });
  const begun = visit(labels);
  state.visit = begun;
  openItem(begun.items[0]!);
  return state;
}

const pickup = (): Pickup => (state.visit?.kind === "pickup" ? state.visit : fail({ code: "refused", why: "wrongState" }));
const staff = (): Staff => (state.visit?.kind === "staff" ? state.visit : fail({ code: "notAllowed" }));
const itemOf = (id: string) => pickup().items.find((item) => item.package === id) ?? fail({ code: "notFound", what: "package" });
const refuse = (): never => {
  wrong += 1;
  if (wrong > 5) {
    state.lockedSeconds = 30;
    return fail({ code: "throttled", seconds: 30 });
  }
  return fail({ code: "credentialRefused" });
};

function goOn(visit: Pickup) {
  const next = visit.items.findIndex((item) => item.step === "waiting");
  visit.current = next < 0 ? visit.items.length - 1 : next;
  if (next >= 0) openItem(visit.items[next]!);
}

const own: Own = { badges: 1, mayAddBadge: true, mayBlockBadges: true, awayUntil: null, delegates: [], awaiting: null };
function mine(change: Partial<Own>): KioskState {
  Object.assign(pickup().own, change);
  return state;
}

function propose(labels: string[]) {
  const [best, ...others] = labels.map((label) => find(lobby, label));
  best!.occupancy = "reserved";
  return { kind: "compartment" as const, compartment: best!, why: ["nextSizeUp" as const, "leastUsed" as const], others };
}

const kiosk: Answers<Extract<keyof Commands, `kiosk${string}`>> = {
  kioskAlive: ({ hidden, busy }: { hidden: boolean; busy: boolean }) => {
    pulse.push({ hidden, busy });
    return null;
  },
  kioskState: now,
  kioskEnterCode: ({ code }: { code: string }) => {
    const known = state.visit?.kind === "pickup" ? state.visit : null;
    if (!known?.needs) return codes[code] ? begin(codes[code]) : refuse();
    if (!codes[code]) return refuse();
    known.needs = null;
    known.items[0]!.needs = null;
    openItem(known.items[0]!);
    return state;
  },
  kioskScan({ text }: { text: string }) {
    log.push(`scan ${text}`);
    if (text.startsWith("STAFF")) {
      const first = state.visit?.kind === "staff" ? state.visit : null;
      if (first?.everything?.kind === "second") {
        first.everything.who = "T. B•••••";
        return state;
      }
      state.visit = { kind: "pin", who: "R. I•••••", set: !text.includes("NOPIN"), lockedSeconds: null, secondsLeft: 60 };
      return state;
    }
    if (text.startsWith("NOTHING") || text.startsWith("COUNTER")) {
      const counter = text.startsWith("COUNTER") ? [{ carrier: "DHL", place: "B3" }] : [];
      state.visit = { kind: "pickup", who: "A. G•••••", items: [], current: null, secondsLeft: 30, needs: null, own: { ...own }, counter };
      return state;
    }
    const known = state.visit?.kind === "pickup" ? state.visit : null;
    if (known?.own.awaiting === "delegate") {
      known.own.delegates.push({ id: "d-1", who: "B. S•••••", until: at("18:00"), onePackage: false });
      known.own.awaiting = null;
      return state;
    }
    if (known?.own.awaiting === "badge") {
      Object.assign(known.own, { badges: known.own.badges + 1, awaiting: null });
      return state;
    }
    if (text.startsWith("HIGHVALUE")) {
      begin(["C02"]);
      Object.assign(pickup(), { needs: "code" });
      Object.assign(pickup().items[0]!, { step: "locked", needs: "code", opening: null });
      find(lobby, "C02").door = "closed";
      return state;
    }
    return text.startsWith("BADGE") ? begin(["A11"]) : refuse();
  },
  kioskTryAgain({ opening: id }: { opening: string }) {
    if (state.visit?.kind === "staff") {
      const { deposit } = state.visit;
      deposit!.opening = opening(deposit!.opening!.label, "deposit", deposit!.opening!.triesLeft - 1);
      return state;
    }
    const item = pickup().items.find((one) => one.opening?.id === id)!;
    item.triesLeft -= 1;
    if (item.triesLeft < 0) fail({ code: "refused", why: "tooManyTries" });
    openItem(item);
    return state;
  },
  kioskAnswer({ opening: id, opened }: { opening: string; opened: boolean }) {
    const all = state.visit?.kind === "staff" ? [state.visit.deposit!.opening!] : pickup().items.map((one) => one.opening);
    const found = all.find((one) => one?.id === id)!;
    found.state = opened ? "open" : "notOpened";
    found.ajarSeconds = opened ? 0 : null;
    if (opened) find(lobby, found.label).door = "open";
    if (state.visit?.kind === "pickup") state.visit.items.find((one) => one.opening?.id === id)!.step = opened ? "open" : "notOpened";
    return state;
  },
  kioskReopen({ packageId }: { packageId: string }) {
    const visit = pickup();
    const item = itemOf(packageId);
    visit.current = visit.items.indexOf(item);
    openItem(item, "reopen");
    return state;
  },
  kioskReport({ packageId, what }: { packageId: string; what: "notThere" | "notMine" }) {
    const item = itemOf(packageId);
    Object.assign(item, { step: "reported", reported: what });
    return state;
  },
  kioskSkip({ packageId }: { packageId: string }) {
    itemOf(packageId);
    goOn(pickup());
    return state;
  },
  kioskCallHelp() {
    state.helpCalledAt = at("09:41");
    return state;
  },
  kioskTouch: now,
  kioskEnd() {
    log.push("end");
    state.visit = null;
    return state;
  },
  kioskLostCode({ number }: { number: string }) {
    log.push(`lost ${number}`);
    return state;
  },
  kioskAddBadge: () => mine({ awaiting: "badge" }),
  kioskBadgeLost: () => mine({ badges: 0, mayBlockBadges: true }),
  kioskAddDelegate: () => mine({ awaiting: "delegate" }),
  kioskEndDelegate: () => mine({ delegates: [] }),
  kioskAway: ({ days }: { days: number }) => mine({ awayUntil: new Date(Date.now() + days * 86_400_000).toISOString() }),
  kioskBack: () => mine({ awayUntil: null }),
  kioskNoBadge: () => mine({ awaiting: null }),
  kioskPackagesToDeposit: () => (staff(), toDeposit),
  kioskDepositScan({ trackingNumber }: { trackingNumber: string }) {
    const one = toDeposit.find((p) => p.trackingNumber.replaceAll(" ", "") === trackingNumber.replaceAll(" ", ""));
    if (!one) return fail({ code: "notFound", what: "package" });
    const proposal =
      one.size === "oversize" ? { kind: "shelf" as const, why: ["oversize" as const], place: "shelf C-12" } : propose(["A09", "B03"]);
    staff().deposit = { package: one.id, trackingNumber: one.trackingNumber, recipient: one.recipient, proposal, opening: null, done: false };
    return state;
  },
  kioskDepositOpen() {
    const { deposit } = staff();
    if (deposit?.proposal?.kind === "compartment") deposit.opening = opening(deposit.proposal.compartment.label, "deposit", 3);
    return state;
  },
  kioskDepositBigger() {
    const { deposit } = staff();
    if (deposit?.opening && find(lobby, deposit.opening.label).door === "open") fail({ code: "refused", why: "doorNotClosed" });
    Object.assign(deposit!, { proposal: propose(["B03"]), opening: null });
    return state;
  },
  kioskDepositCancel() {
    staff().deposit = null;
    return state;
  },
  kioskPin({ pin }: { pin: string }) {
    log.push(`pin ${pin}`);
    if (pin !== "204917") return fail({ code: "credentialRefused" });
    if (state.visit?.kind === "staff") {
      state.visit.everything = { kind: "running", who: "T. B•••••", of: labels.length, opened: 0, notOpened: [], current: null, left: labels.length };
    } else {
      state.visit = { kind: "staff", who: "R. I•••••", deposit: null, everythingAllowed: true, everything: null, secondsLeft: 60 };
    }
    return state;
  },
  kioskFetch() {
    state.visit = null;
    return begin(["A11"]);
  },
  kioskEverything({ why }: { why: string }) {
    log.push(`everything ${why}`);
    staff().everything = { kind: "second", who: null, lockedSeconds: null, secondsLeft: 60 };
    return state;
  },
  kioskEverythingNext() {
    const { everything } = staff();
    if (everything?.kind !== "running") return fail({ code: "notAllowed" });
    const label = labels[everything.of - everything.left]!;
    log.push(`next ${label}`);
    everything.current = label;
    everything.left -= 1;
    if (outcome === "jams") everything.notOpened.push(label);
    else everything.opened += 1;
    return state;
  },
  kioskEverythingStop() {
    log.push("stop");
    staff().everything = null;
    return state;
  },
};

/** The doors of the lobby, in their order. */
const labels = lobby.columns.flat().flatMap((cell) => (cell.kind === "compartment" ? [cell.compartment.label] : []));

/** What the world does, for the journeys. */
const world = {
  state,
  log,
  /** The page's signs of life. */
  pulse,
  tell,
  /** The kiosk's own reader refused a badge. */
  badgeRefused: () => emit("badge-refused", {}),
  next: (then: Outcome) => (outcome = then),
  shut(label: string) {
    find(lobby, label).door = "closed";
    if (state.visit?.kind === "pickup") {
      const item = state.visit.items.find((one) => one.label === label)!;
      item.opening = { ...item.opening!, state: "closed", ajarSeconds: null };
      shutAt.set(item.package, Date.now());
      if (item.step === "open") Object.assign(item, { step: "shut", reopenSeconds: grace });
      goOn(state.visit);
    } else if (state.visit?.kind === "staff" && state.visit.deposit?.opening) {
      const { deposit } = state.visit;
      deposit.opening = { ...deposit.opening!, state: "closed", ajarSeconds: null };
      deposit.done = true;
      find(lobby, label).occupancy = "holding";
      toDeposit = toDeposit.filter((p) => p.id !== deposit.package);
    }
    tell();
  },
  ajar(seconds: number) {
    const visit = state.visit;
    const open = visit?.kind === "pickup" ? visit.items.find((one) => one.step === "open")?.opening : visit?.kind === "staff" ? visit.deposit?.opening : null;
    if (open) opened.set(open.id, Date.now() - seconds * 1000);
    tell();
  },
  set(change: Partial<KioskState>) {
    Object.assign(state, change);
    tell();
  },
};

answerWith(kiosk);
Object.assign(window, { fake: world });
