// The IPC contract as tauri-specta writes it; generated from Rust, never edited.
/* eslint-disable */
import { invoke as TAURI_INVOKE } from "@tauri-apps/api/core";
import { listen, type Event, type UnlistenFn } from "@tauri-apps/api/event";

async function typed<T>(run: () => Promise<T>): Promise<Result<T>> {
  try {
    return { status: "ok", data: await run() };
  } catch (e) {
    if (e instanceof Error) throw e;
    return { status: "error", error: e as ApiError };
  }
}

const event = <T>(name: string) => ({ listen: (cb: (e: Event<T>) => void): Promise<UnlistenFn> => listen<T>(name, cb) });

export type Result<T> = { status: "ok"; data: T } | { status: "error"; error: ApiError };

export type ApiError =
  | { code: "credentialRefused" }                                  // every failure of a code or badge reads the same
  | { code: "throttled"; seconds: number }
  | { code: "kioskBusy" }                                          // another visit is going on
  | { code: "notSignedIn" } | { code: "notAllowed" } | { code: "signInRefused" }
  | { code: "notFound"; what: "package" | "person" | "compartment" | "opening" | "bank" | "task" }
  | { code: "invalid"; field: string; why: InvalidWhy }
  | { code: "refused"; why: Refusal }
  | { code: "deviceOffline"; device: string }
  | { code: "outOfService"; why: "storage" | "database" }           // the disk failed: no door is moved without a record
  | { code: "internal"; incident: string };
export type InvalidWhy = "empty" | "tooLong" | "malformed" | "taken" | "tooShort" | "outOfRange";
export type Refusal =
  | "compartmentTaken" | "compartmentOutOfService" | "tooSmall" | "doorNotClosed" | "noCompartment" | "wrongState"
  | "tooManyTries" | "reopenTooLate" | "packageElsewhere" | "depositUnderWay" | "alreadySetUp" | "recipientInactive";

// ---- shared by both windows -------------------------------------------------
export type Size = "S" | "M" | "L" | "XL";
export type IntakeSize = Size | "oversize";
export type Handling = "fragile" | "confidential" | "highValue" | "oversize" | "perishable" | "cold";
export type Height = "top" | "upper" | "lower" | "bottom";
export type DoorState = "unknown" | "closed" | "open";
export type Fitness = "inService" | "outOfService";
/** A bank as it stands: columns left to right, each a stack of cells top to bottom; `units` is a cell's share of height. */
export type BankView = { id: string; name: string; columns: CellView[][]; online: boolean; lastSeen: string | null };
export type CellView =
  | { kind: "screen"; units: number }                               // where the kiosk's screen stands ("you")
  | { kind: "compartment"; units: number; compartment: CompartmentView };
export type CompartmentView = {
  id: string; bank: string; label: string; size: Size; accessible: boolean; refrigerated: boolean; height: Height;
  fitness: Fitness; fitnessReason: string | null;
  occupancy: "empty" | "reserved" | "holding";
  door: DoorState; doorSince: string | null;
  suspect: boolean;                                                 // did not open when asked, twice
  package: PackageBrief | null;                                     // null in the kiosk, always
};
export type PackageBrief = { id: string; trackingNumber: string; recipient: string; size: IntakeSize; late: boolean; since: string };
export type OpeningState = "journaled" | "sent" | "acknowledged" | "open" | "closed" | "notOpened" | "unknown" | "waiting";
export type OpeningView = {
  id: string; state: OpeningState; compartment: string; label: string; bank: string; bankId: string; height: Height;
  purpose: "deposit" | "pickup" | "removal" | "reopen" | "inspection"; triesLeft: number; ajarSeconds: number | null; recovered: boolean;
};

// ---- kiosk -------------------------------------------------------------------
export type KioskState = {
  site: string; languages: ("en" | "es")[]; banks: BankView[];
  outOfService: boolean; offlineDevices: string[];
  lockedSeconds: number | null;                                     // keypad throttle; badge still works
  badgeReader: boolean;                                             // a reader is connected
  visit: Visit | null;
  helpCalledAt: string | null;
};
export type Visit =
  | { kind: "pickup"; who: string /* masked, "A. G•••••" */; items: VisitItem[]; current: number | null; secondsLeft: number }
  | { kind: "staff"; who: string; deposit: KioskDeposit | null; secondsLeft: number };
export type VisitItem = {
  package: string; carrier: string | null; size: IntakeSize; label: string; bankId: string; compartment: string; height: Height;
  step: "waiting" | "opening" | "open" | "shut" | "notOpened" | "unknown" | "reported" | "unavailable";
  opening: OpeningView | null; reopenSeconds: number | null;        // how long it can still be re-opened
  triesLeft: number; reported: "notThere" | "notMine" | null;
};
export type KioskDeposit = { package: string | null; trackingNumber: string; recipient: string; proposal: Proposal | null; opening: OpeningView | null; done: boolean };

// ---- mailroom ------------------------------------------------------------------
export type Session = { name: string; role: "clerk" | "admin"; email: string };
export type Start =
  | { kind: "firstRun" } | { kind: "signIn"; site: string; demo: boolean } | { kind: "signedIn"; session: Session; site: string; demo: boolean };
export type FoundDevice = { path: string; name: string; kind: "serial" | "hid"; permitted: boolean; group: string | null; inUse: boolean; id: string };
export type SitePlan = {
  siteName: string; admin: { name: string; email: string; password: string };
  bank: { name: string; driver: "bcc8a"; port: string | null /* null = virtual bank */; baud: number; board: number; closedBit: 0 | 1; statusOrder: "last-byte-first" | "first-byte-first" | null;
          columns: { cells: ({ kind: "compartment"; label: string; channel: number; size: Size; accessible: boolean; refrigerated: boolean } | { kind: "screen" })[] }[] };
  email: { url: string; from: string } | null;
};
export type Tracking = { trackingNumber: string; carrier: string | null; service: string | null; check: "right" | "wrong" | "none"; duplicateOf: PackageBrief | null };
export type PersonHit = { id: string; name: string; aliases: string | null; department: string | null; email: string | null; active: boolean; badge: boolean; waiting: number };
export type Intake = { trackingNumber: string; recipientId: string; size: IntakeSize; handling: Handling[]; note: string | null };
export type Proposal =
  | { kind: "compartment"; compartment: CompartmentView; why: ProposalWhy[]; others: CompartmentView[] }
  | { kind: "shelf"; why: ProposalWhy[]; place: string };
export type ProposalWhy = "exactSize" | "nextSizeUp" | "accessible" | "refrigerated" | "leastUsed" | "oversize" | "perishableNeedsCold" | "bankFull" | "noneBigEnough" | "nearRecipientsOther";
export type PackageState = "received" | "stored" | "shelved" | "collected" | "handedOver" | "returned";
export type PackageRow = {
  id: string; trackingNumber: string; carrier: string | null; recipient: string; recipientId: string; department: string | null; size: IntakeSize; handling: Handling[];
  state: PackageState; place: string | null /* "Lobby A07" or shelf "C-12" */; receivedAt: string; changedAt: string; deadline: string | null; late: boolean;
  opening: OpeningView | null; notice: NoticeState | null;
};
export type NoticeState = { state: "waiting" | "sent" | "failed"; channel: "email" | "desktop"; at: string | null; why: string | null };
export type Page<T> = { rows: T[]; next: string | null };
export type PackagePage = PackageRow & { note: string | null; compartment: CompartmentView | null; story: StoryLine[]; codeActive: boolean };
export type StoryLine = { seq: number; at: string; kind: string /* event kind, e.g. "package.received", "opening.opened" */; who: string | null; detail: Record<string, string> };
export type Task = { id: string; kind: "verifyDoor" | "jam" | "forced" | "ajar" | "help" | "notThere" | "notMine" | "couldNotBeTold" | "suspectDoor" | "bankOffline" | "late"; urgent: boolean; at: string; label: string | null; bank: string | null; packageId: string | null; detail: string | null };
export type Health = { sqlite: string; dataFolder: string; chainOk: boolean | null; events: number; savedAt: string | null; devices: { name: string; kind: "bank" | "reader" | "channel"; ok: boolean; why: string | null; since: string }[]; outboxWaiting: number };
export type PersonForm = { name: string; aliases: string | null; email: string | null; department: string | null; language: "en" | "es"; badge: string | null; role: "recipient" | "clerk" | "admin"; password: string | null; active: boolean };
export type PersonPage = PersonForm & { id: string; hasBadge: boolean; packages: PackageRow[] };
export type VirtualDoor = { channel: number; label: string; open: boolean; jammed: boolean };
export type VirtualPanel = { doors: VirtualDoor[]; plugged: boolean };
export type ScanRead = { text: string };

// Events: `changed` says which topics to fetch again (at most 4 a second); `scanned` is a serial scanner's read for the mailroom.
export type Changed = { topics: ("kiosk" | "banks" | "packages" | "tasks" | "health" | "people")[] };


export const commands = {
  // kiosk window only
  async kioskState(): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_state")); },
  async kioskEnterCode(code: string): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_enter_code", { code })); },
  async kioskScan(text: string): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_scan", { text })); },              // wedge input in the kiosk page: badge or QR text
  async kioskTryAgain(opening: string): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_try_again", { opening })); },
  async kioskAnswer(opening: string, opened: boolean): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_answer", { opening, opened })); },   // "we can't tell: look"
  async kioskReopen(packageId: string): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_reopen", { packageId })); },
  async kioskReport(packageId: string, what: "notThere" | "notMine"): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_report", { packageId, what })); },
  async kioskSkip(packageId: string): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_skip", { packageId })); },         // go on to the next door
  async kioskCallHelp(): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_call_help")); },
  async kioskTouch(): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_touch")); },                         // "I'm still here": restarts the visit's idle time
  async kioskEnd(): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_end")); },
  // kiosk staff visit (after a staff badge)
  async kioskDepositScan(trackingNumber: string): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_deposit_scan", { trackingNumber })); },  // a package already taken in
  async kioskDepositOpen(compartment: string | null): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_deposit_open", { compartment })); },
  async kioskDepositBigger(): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_deposit_bigger")); },
  async kioskDepositCancel(): Promise<Result<KioskState>> { return await typed(() => TAURI_INVOKE<KioskState>("kiosk_deposit_cancel")); },
  async kioskPackagesToDeposit(): Promise<Result<PackageBrief[]>> { return await typed(() => TAURI_INVOKE<PackageBrief[]>("kiosk_packages_to_deposit")); },         // touch list: received, not yet deposited (staff visit only)
  // mailroom window only
  async start(): Promise<Result<Start>> { return await typed(() => TAURI_INVOKE<Start>("start")); },
  async signIn(email: string, password: string): Promise<Result<Session>> { return await typed(() => TAURI_INVOKE<Session>("sign_in", { email, password })); },
  async signOut(): Promise<Result<null>> { return await typed(() => TAURI_INVOKE<null>("sign_out")); },
  async devices(): Promise<Result<FoundDevice[]>> { return await typed(() => TAURI_INVOKE<FoundDevice[]>("devices")); },
  async setUp(plan: SitePlan): Promise<Result<Session>> { return await typed(() => TAURI_INVOKE<Session>("set_up", { plan })); },
  async recognise(text: string): Promise<Result<Tracking>> { return await typed(() => TAURI_INVOKE<Tracking>("recognise", { text })); },
  async searchPeople(query: string, after: string | null): Promise<Result<Page<PersonHit>>> { return await typed(() => TAURI_INVOKE<Page<PersonHit>>("search_people", { query, after })); },
  async person(id: string): Promise<Result<PersonPage>> { return await typed(() => TAURI_INVOKE<PersonPage>("person", { id })); },
  async addPerson(form: PersonForm): Promise<Result<string>> { return await typed(() => TAURI_INVOKE<string>("add_person", { form })); },
  async changePerson(id: string, form: PersonForm): Promise<Result<null>> { return await typed(() => TAURI_INVOKE<null>("change_person", { id, form })); },
  async propose(recipientId: string, size: IntakeSize, handling: Handling[]): Promise<Result<Proposal>> { return await typed(() => TAURI_INVOKE<Proposal>("propose", { recipientId, size, handling })); },
  async receive(intake: Intake): Promise<Result<PackageRow>> { return await typed(() => TAURI_INVOKE<PackageRow>("receive", { intake })); },
  async deposit(packageId: string, compartment: string | null): Promise<Result<OpeningView>> { return await typed(() => TAURI_INVOKE<OpeningView>("deposit", { packageId, compartment })); },
  async depositBigger(packageId: string): Promise<Result<OpeningView>> { return await typed(() => TAURI_INVOKE<OpeningView>("deposit_bigger", { packageId })); },
  async depositCancel(packageId: string): Promise<Result<null>> { return await typed(() => TAURI_INVOKE<null>("deposit_cancel", { packageId })); },
  async shelve(packageId: string, place: string): Promise<Result<PackageRow>> { return await typed(() => TAURI_INVOKE<PackageRow>("shelve", { packageId, place })); },
  async handOver(packageId: string, to: string | null): Promise<Result<PackageRow>> { return await typed(() => TAURI_INVOKE<PackageRow>("hand_over", { packageId, to })); },
  async reissueCode(packageId: string): Promise<Result<null>> { return await typed(() => TAURI_INVOKE<null>("reissue_code", { packageId })); },
  async removal(packageId: string): Promise<Result<OpeningView>> { return await typed(() => TAURI_INVOKE<OpeningView>("removal", { packageId })); },          // open to take it out (then shelve or deposit elsewhere)
  async opening(id: string): Promise<Result<OpeningView>> { return await typed(() => TAURI_INVOKE<OpeningView>("opening", { id })); },
  async answerOpening(id: string, opened: boolean): Promise<Result<OpeningView>> { return await typed(() => TAURI_INVOKE<OpeningView>("answer_opening", { id, opened })); },
  async banks(): Promise<Result<BankView[]>> { return await typed(() => TAURI_INVOKE<BankView[]>("banks")); },
  async setFitness(compartment: string, fitness: Fitness, reason: string | null): Promise<Result<null>> { return await typed(() => TAURI_INVOKE<null>("set_fitness", { compartment, fitness, reason })); },
  async inspect(compartment: string): Promise<Result<OpeningView>> { return await typed(() => TAURI_INVOKE<OpeningView>("inspect", { compartment })); },        // open an empty or suspect door to look (logged)
  async packages(query: string, state: PackageState | null, after: string | null): Promise<Result<Page<PackageRow>>> { return await typed(() => TAURI_INVOKE<Page<PackageRow>>("packages", { query, state, after })); },
  async package(id: string): Promise<Result<PackagePage>> { return await typed(() => TAURI_INVOKE<PackagePage>("package", { id })); },
  async tasks(): Promise<Result<Task[]>> { return await typed(() => TAURI_INVOKE<Task[]>("tasks")); },
  async settleTask(id: string, outcome: "done" | "packageInside" | "packageGone"): Promise<Result<null>> { return await typed(() => TAURI_INVOKE<null>("settle_task", { id, outcome })); },
  async health(): Promise<Result<Health>> { return await typed(() => TAURI_INVOKE<Health>("health")); },
  async virtualPanel(): Promise<Result<VirtualPanel>> { return await typed(() => TAURI_INVOKE<VirtualPanel>("virtual_panel")); },                     // demo only, else refused
  async virtualShut(channel: number): Promise<Result<VirtualPanel>> { return await typed(() => TAURI_INVOKE<VirtualPanel>("virtual_shut", { channel })); },
  async virtualPull(channel: number): Promise<Result<VirtualPanel>> { return await typed(() => TAURI_INVOKE<VirtualPanel>("virtual_pull", { channel })); },
  async virtualJam(channel: number, jammed: boolean): Promise<Result<VirtualPanel>> { return await typed(() => TAURI_INVOKE<VirtualPanel>("virtual_jam", { channel, jammed })); },
  async virtualCable(plugged: boolean): Promise<Result<VirtualPanel>> { return await typed(() => TAURI_INVOKE<VirtualPanel>("virtual_cable", { plugged })); },
  async virtualBadge(personId: string): Promise<Result<null>> { return await typed(() => TAURI_INVOKE<null>("virtual_badge", { personId })); },             // demo: tap this person's badge at the kiosk
};

export const events = { changed: event<Changed>("changed"), scanned: event<ScanRead>("scanned") };
