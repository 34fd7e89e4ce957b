// The mailroom's half of the Rust side, small and stateful. window.fake plays the world: a scanner on a serial
// line, doors shut by hand, doors that jam or stay silent. The address's query chooses where it begins:
// ?start=firstRun|signIn|signedIn, &empty, &role=clerk.
import { emit } from "@tauri-apps/api/event";
import type { AccountView, Answers, Commands, CompartmentView, DelegateForm, DelegationView, FactorOffer, Health, HoldView, OpeningView, OverrideForm, PackagePage, PackageRow, PolicyView, SessionView, StaffRow, StoryLine, Task } from "./contract";
import { find } from "./data";
import { deadlineAnswers, over } from "./deadlines";
import { imports } from "./import";
import { answerWith, changed, fail, type Handlers } from "./ipc";
import { noticeAnswers, quiet } from "./notices";
import { ago, fill, fold, hit, lobby, packages, people, tasks, type Person } from "./mailroom-data";

type Outcome = "opens" | "jams" | "silent";

const asked = new URLSearchParams(location.search);
const role = asked.get("role") === "clerk" ? "clerk" : "admin";
const session: SessionView = { id: "person-staff", name: "Rosa Ilić", role, email: "rosa.ilic@example.com", locked: asked.has("locked"), idleMinutes: 15, password: true, totp: false };
const provider = asked.has("provider") ? "login.example.com" : null;
const PASSWORD = "rowing past nine herons";
/** Whether who sits there has shown it within the last minutes: the address says &stale to begin without. */
let confirmed = !asked.has("stale");
const proven = () => (session.locked ? fail({ code: "locked" }) : confirmed ? null : fail({ code: "confirmFirst" }));
const account: AccountView = { password: true, pin: false, totp: false, recoveryLeft: 0, provider: null };
const offer: FactorOffer = { key: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", qr: Array.from({ length: 29 }, (_, y) => Array.from({ length: 29 }, (_, x) => ((x * 7 + y * 13 + x * y) % 3 === 0 ? "1" : "0")).join("")) };
const recovery = ["7KQ2M-9XW4D", "B3HTN-0ZR8C", "M5V1P-QJ6YE", "2GDXK-W7S4A", "N9CF3-HT5BM", "E0R8Q-6VKZJ", "4YWPM-1D2XS", "TA7GN-KQ93H", "8ZJ5C-RVB0F", "P6EYD-X4M2W"];
let signInPolicy = { idleMinutes: 15, totpForAdmins: false };
let browser: ((yes: boolean) => void) | null = null;
const staffRows: StaffRow[] = [
  { id: "person-staff", name: "Rosa Ilić", email: "rosa.ilic@example.com", role: "admin", active: true, signedInAt: ago(3), password: true, pin: true, totp: true, provider: false, badge: true },
  { id: "person-1", name: "Tom Bauer", email: "t.bauer@example.com", role: "clerk", active: true, signedInAt: ago(60 * 20), password: true, pin: true, totp: false, provider: true, badge: true },
  { id: "person-2", name: "Konstantin Papadopoulos-Weber", email: "k.papadopoulos-weber@example.com", role: "supervisor", active: false, signedInAt: null, password: false, pin: false, totp: false, provider: false, badge: false },
];
const member = (id: string) => staffRows.find((one) => one.id === id) ?? fail({ code: "notFound", what: "person" });
const changedMember = (id: string, change: Partial<StaffRow>) => {
  proven();
  Object.assign(member(id), change);
  tell("people");
  return null;
};
const browsed = () => new Promise<boolean>((done) => (browser = done));
const site = "Head office";
let start: "firstRun" | "signIn" | "signedIn" = (asked.get("start") as "firstRun") ?? "signedIn";
let outcome: Outcome = "opens";
let made = 0;
let plugged = true;
let secretsWarnings: Health["secrets"]["warnings"] = [];
let savedAt = ago(0);
const jammed = new Set<string>();
const openings = new Map<string, OpeningView & { packageId: string | null }>();
const log: { command: string; args: unknown }[] = [];
if (asked.has("empty")) {
  packages.length = 0;
  tasks.length = 0;
  for (const door of doors()) Object.assign(door, { occupancy: "empty", package: null, door: "closed", suspect: false });
}

function doors(): CompartmentView[] {
  return lobby.columns.flat().flatMap((cell) => (cell.kind === "compartment" ? [cell.compartment] : []));
}
function the(id: string): PackageRow {
  return packages.find((one) => one.id === id) ?? fail({ code: "notFound", what: "package" });
}
function someone(id: string): Person {
  return people.find((one) => one.id === id) ?? fail({ code: "notFound", what: "person" });
}
const waiting = (id: string) => packages.filter((one) => one.recipientId === id && (one.state === "stored" || one.state === "shelved")).length;
const free = (door: CompartmentView) => door.occupancy === "empty" && door.fitness === "inService" && door.door === "closed" && !door.suspect;
const order = ["S", "M", "L", "XL"];
const fitting = (size: string) => doors().filter((door) => free(door) && order.indexOf(door.size) >= order.indexOf(size)).sort((a, b) => order.indexOf(a.size) - order.indexOf(b.size));

function tell(...topics: Parameters<typeof changed>) {
  savedAt = ago(0);
  setTimeout(() => void changed(...topics, "health"), 0);
}

function touch(row: PackageRow, change: Partial<PackageRow>) {
  Object.assign(row, change, { changedAt: ago(0) });
  packages.splice(packages.indexOf(row), 1);
  packages.unshift(row);
  tell("packages", "banks");
}

function open(door: CompartmentView, purpose: OpeningView["purpose"], row: PackageRow | null, triesLeft = 3): OpeningView {
  if (!plugged) fail({ code: "deviceOffline", device: lobby.name });
  const state = jammed.has(door.id) || outcome === "jams" ? "notOpened" : outcome === "silent" ? "unknown" : "open";
  const opening = { id: `o-${++made}`, state, compartment: door.id, label: door.label, bank: lobby.name, bankId: lobby.id, height: door.height, purpose, triesLeft, ajarSeconds: null, recovered: false, packageId: row?.id ?? null } as const;
  openings.set(opening.id, { ...opening });
  if (state === "open") Object.assign(door, { door: "open", doorSince: ago(0) });
  if (purpose === "deposit") door.occupancy = "reserved";
  if (row) touch(row, { opening });
  tell("banks", "packages");
  return opening;
}

/** A hand pushes a door shut. */
function shut(label: string) {
  const door = find(lobby, label);
  Object.assign(door, { door: "closed", doorSince: ago(0) });
  for (const opening of openings.values()) {
    if (opening.label !== label || opening.state !== "open") continue;
    opening.state = "closed";
    const row = packages.find((one) => one.id === opening.packageId);
    if (row && opening.purpose === "deposit") {
      touch(row, { state: "stored", opening: null, notice: { state: "sent", channel: "email", at: ago(0), why: null } });
      fill(door, row);
    } else if (row && opening.purpose === "removal") {
      Object.assign(door, { occupancy: "empty", package: null });
      touch(row, { state: "received", place: null, opening: null, notice: null });
    }
  }
  tell("banks", "packages", "kiosk");
}

function release(row: PackageRow) {
  for (const opening of openings.values()) {
    if (opening.packageId !== row.id || opening.state === "closed") continue;
    Object.assign(find(lobby, opening.label), { occupancy: "empty", door: "closed" });
    opening.state = "closed";
  }
}

const opened = (purpose: string, way: string, who: string | null, label: string): Line[] => [
  ["opening.decided", who, { purpose, way, compartment: label }],
  ["opening.sent", null, { attempt: "1" }],
  ["opening.acknowledged", null],
  ["opening.opened", null, { recovered: "false" }],
];
const jammed3 = (who: string, label: string): Line[] => [
  ["opening.decided", who, { purpose: "pickup", way: "code", compartment: label }],
  ["opening.sent", null, { attempt: "1" }],
  ["opening.sent", null, { attempt: "2" }],
  ["opening.not_opened", null, { why: "jammed" }],
  ["task.raised", null, { what: "jam", compartment: label }],
];
type Line = [kind: string, who: string | null, detail?: Record<string, string>];

/** A life as the custody log tells it, for the row's state. */
const story = (row: PackageRow): StoryLine[] => {
  const label = row.place?.split(" ").at(-1) ?? "A03";
  const clerk = "Rosa Ilić";
  const lines: Line[] = [["package.received", clerk]];
  const stored = row.state !== "received" && row.state !== "shelved" && row.state !== "handedOver";
  if (row.state === "shelved") lines.push(["package.shelved", clerk, { place: row.place ?? "" }]);
  if (stored) lines.push(...opened("deposit", "session", clerk, label), ["opening.closed", null], ["package.stored", null, { compartment: label }], ["code.issued", null]);
  if (row.state !== "received") lines.push(["notice.written", null, { channel: "email" }], [row.notice?.state === "failed" ? "notice.failed" : "notice.sent", null]);
  if (row.state === "collected" || row.state === "disputed" || row.state === "lost")
    lines.push(...jammed3(row.recipient, label), ...opened("pickup", "badge", row.recipient, label), ["code.consumed", null], ["opening.closed", null], ["package.collected", row.recipient, { compartment: label }]);
  if (row.state === "disputed" || row.state === "lost") lines.push(["package.reported", row.recipient, { what: "not_mine", compartment: label }], ["task.raised", null, { what: "not_mine", compartment: label }]);
  if (row.state === "lost") lines.push(["package.settled", clerk, { outcome: "package_gone", compartment: label }], ["task.settled", clerk, { outcome: "package_gone" }]);
  if (row.state === "handedOver") lines.push(["package.handed_over", clerk, { to: row.recipient }]);
  return lines.map(([kind, who, detail], seq) => ({ seq, at: new Date(Date.parse(row.receivedAt) + seq * 9_000).toISOString(), kind, who, detail: detail ?? {} }));
};

function page<T>(rows: T[], after: string | null, size = 25) {
  const from = Number(after ?? 0);
  return { rows: rows.slice(from, from + size), next: from + size < rows.length ? String(from + size) : null };
}
const mails = [{ to: "a.gutierrez@example.com", subject: "Your package is in compartment A01, North lobby", text: "Hello Anna Gutiérrez,\n\n1234 5678", at: "2026-11-22T09:41:00.000Z" }];
const panel = () => ({ plugged, mails, doors: doors().map((door, at) => ({ channel: at + 1, label: door.label, open: door.door === "open", jammed: jammed.has(door.id) })) });
const channel = (n: number) => doors()[n - 1] ?? fail({ code: "notFound", what: "compartment" });

const delegations: DelegationView[] = [
  { id: "delegation-0", principal: people[0]!.name, principalId: "person-0", delegate: people[1]!.name, delegateId: "person-1", packageId: null, trackingNumber: null, from: ago(600), until: ago(-60 * 24 * 9), inForce: true },
];
const holds = new Map<string, HoldView[]>([["person-0", [{ id: "hold-0", from: ago(60 * 24), until: ago(-60 * 24 * 6), inForce: true }]]]);
const blockedBadges = new Set<string>();
let policy: PolicyView = {
  waysIn: "either", waysInOf: [{ handling: "highValue", ways: "both" }], badgeBySelf: true, delegatesForSensitive: true, leaverNotice: { kind: "manager" },
  retention: { access: 90, packages: 365, leavers: 90 }, idleMinutes: 15, totpForAdmins: false,
};
const retention = { access: 90, packages: 365, leavers: 90 };

const answers: Answers<Exclude<keyof Commands, `kiosk${string}`>> = {
  start: () => (start === "firstRun" ? { kind: start } : start === "signIn" ? { kind: start, site, demo: true, provider } : { kind: start, session, site, demo: true }),
  signIn({ password }: { password: string }) {
    if (password !== PASSWORD) fail({ code: "signInRefused" });
    const factor = asked.get("factor");
    if (factor === "code") return { kind: "code" };
    if (factor === "enrol") return { kind: "enrol", offer };
    start = "signedIn";
    return { kind: "in", session };
  },
  signInCode({ code }: { code: string }) {
    if (code !== "287082") fail({ code: "factorRefused" });
    start = "signedIn";
    return session;
  },
  async signInByProvider() {
    const yes = await browsed();
    if (!yes) fail({ code: "notByProvider", why: "clockBehind" });
    start = "signedIn";
    return session;
  },
  async confirmByProvider() {
    if (!(await browsed())) fail({ code: "notByProvider", why: "somebodyElse" });
    confirmed = true;
    session.locked = false;
    return null;
  },
  cancelProvider() {
    browser?.(false);
    return null;
  },
  enrolFactor({ code }: { code: string }) {
    if (code !== "287082") fail({ code: "factorRefused" });
    start = "signedIn";
    Object.assign(account, { totp: true, recoveryLeft: 10 });
    return recovery;
  },
  lock() {
    session.locked = true;
    return null;
  },
  stillHere: () => null,
  confirm({ password, code }: { password: string | null; code: string | null }) {
    if (password !== PASSWORD && code !== "287082") fail({ code: password === null ? "factorRefused" : "signInRefused" });
    confirmed = true;
    session.locked = false;
    return null;
  },
  myAccount: () => account,
  setMyPassword({ password }: { password: string }) {
    proven();
    if (password.length < 15) fail({ code: "invalid", field: "password", why: "tooShort" });
    return null;
  },
  setMyPin({ pin }: { pin: string }) {
    proven();
    if (pin === "123456") fail({ code: "invalid", field: "pin", why: "guessable" });
    account.pin = true;
    return null;
  },
  offerFactor: () => (proven(), offer),
  newRecoveryCodes: () => (proven(), recovery),
  staff: () => staffRows,
  setActive: ({ personId, active }: { personId: string; active: boolean }) =>
    !active && member(personId).role === "admin" ? fail({ code: "refused", why: "lastAdmin" }) : changedMember(personId, { active }),
  resetFactor: ({ personId }: { personId: string }) => changedMember(personId, { totp: false }),
  resetPin: ({ personId }: { personId: string }) => changedMember(personId, { pin: false }),
  signInPolicy: () => signInPolicy,
  setSignInPolicy({ policy: wanted }: { policy: typeof signInPolicy }) {
    proven();
    if (wanted.idleMinutes > 480) fail({ code: "invalid", field: "idleMinutes", why: "outOfRange" });
    signInPolicy = wanted;
    return null;
  },
  signOut() {
    start = "signIn";
    return null;
  },
  devices: () => [
    { path: "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0", name: "FTDI FT232R USB UART", kind: "serial", permitted: true, group: "dialout", inUse: false, id: "0403:6001" },
    { path: "/dev/ttyUSB1", name: "QinHeng CH340", kind: "serial", permitted: false, group: "dialout", inUse: false, id: "1a86:7523" },
    { path: "/dev/ttyS0", name: "ttyS0", kind: "serial", permitted: true, group: null, inUse: true, id: "ttyS0" },
  ],
  setUp({ plan }: { plan: { admin: { email: string } } }) {
    if (!plan.admin.email.includes("@")) fail({ code: "invalid", field: "admin.email", why: "malformed" });
    start = "signedIn";
    return session;
  },
  recognise({ text }: { text: string }) {
    const number = text.replace(/[\p{C}\s]/gu, "").toUpperCase();
    if (number.length > 100) fail({ code: "invalid", field: "text", why: "tooLong" });
    if (!/^[0-9A-Z-]{6,}$/u.test(number)) fail({ code: "invalid", field: "text", why: "malformed" });
    const before = packages.find((one) => one.trackingNumber === number);
    const ups = number.startsWith("1Z");
    return {
      trackingNumber: number,
      carrier: ups ? "UPS" : number.startsWith("JD") ? "DHL" : null,
      service: ups ? "Ground" : null,
      check: ups ? (number.endsWith("5") ? "wrong" : "right") : "none",
      duplicateOf: before ? { id: before.id, trackingNumber: number, recipient: before.recipient, size: before.size, late: before.late, since: before.changedAt } : null,
    };
  },
  searchPeople({ query, after }: { query: string; after: string | null }) {
    const words = fold(query).split(/\s+/u).filter(Boolean);
    const found = people.filter((one) => words.every((word) => fold([one.name, one.aliases, one.department, one.badge].join(" ")).includes(word)));
    return page(found.map((one) => hit(one, waiting(one.id))), after, 12);
  },
  person({ personId }: { personId: string }) {
    const one = someone(personId);
    return {
      ...one,
      badge: null,
      shown: one.preferredName ?? one.name,
      delegations: delegations.filter((of) => of.principalId === personId || of.delegateId === personId),
      holds: holds.get(personId) ?? [],
      badges: one.badge === null ? [] : [{ id: `badge-${personId}`, blocked: blockedBadges.has(`badge-${personId}`), since: ago(60 * 24 * 30) }],
      sources: [{ source: personId === "person-6" ? "scim" : "hand", externalId: null, changed: ago(60) }],
      held: personId === "person-6" ? ["name", "email", "active"].map((field) => ({ field, source: "scim" })) : [],
      manager: null,
      teams: [],
      packages: packages.filter((row) => row.recipientId === personId).slice(0, 20),
      quiet: quiet.get(personId) ?? null,
    };
  },
  addPerson({ form }: { form: Person }) {
    if (!form.name) fail({ code: "invalid", field: "name", why: "empty" });
    if (form.email && people.some((one) => one.email === form.email)) fail({ code: "invalid", field: "email", why: "taken" });
    const id = `person-${people.length}`;
    people.push({ ...form, id, role: "recipient" });
    tell("people");
    return id;
  },
  changePerson({ personId, form }: { personId: string; form: Person }) {
    Object.assign(someone(personId), form, { badge: form.badge ?? someone(personId).badge });
    tell("people");
    return null;
  },
  setRole({ personId, role }: { personId: string; role: Person["role"] }) {
    proven();
    const one = staffRows.find((row) => row.id === personId);
    Object.assign(one ?? someone(personId), { role });
    tell("people");
    return null;
  },
  setPassword({ password }: { password: string }) {
    if (password.length < 15) fail({ code: "invalid", field: "password", why: "tooShort" });
    return null;
  },
  delegate({ personId, form }: { personId: string; form: DelegateForm }) {
    const given: DelegationView = {
      id: `delegation-${++made}`, principal: someone(personId).name, principalId: personId, delegate: someone(form.delegateId).name, delegateId: form.delegateId,
      packageId: form.packageId, trackingNumber: packages.find((row) => row.id === form.packageId)?.trackingNumber ?? null,
      from: form.from ?? ago(0), until: form.until ?? ago(-60 * 24 * 365), inForce: form.from === null,
    };
    delegations.push(given);
    tell("people");
    return given.id;
  },
  endDelegation({ delegation }: { delegation: string }) {
    delegations.splice(delegations.findIndex((one) => one.id === delegation), 1);
    tell("people");
    return null;
  },
  setHold({ personId, from, until }: { personId: string; from: string | null; until: string }) {
    holds.set(personId, [{ id: `hold-${++made}`, from: from ?? ago(0), until, inForce: from === null }]);
    tell("people");
    return "hold";
  },
  endHold: () => (holds.clear(), null),
  giveBadge: ({ number }: { number: string }) => (people.some((one) => one.badge === number) ? fail({ code: "invalid", field: "badge", why: "taken" }) : null),
  blockBadge({ badge, blocked }: { badge: string; blocked: boolean }) {
    if (blocked) blockedBadges.add(badge);
    else blockedBadges.delete(badge);
    return null;
  },
  takeBadge: () => null,
  openFor({ packageId, form }: { packageId: string; form: OverrideForm }) {
    if (form.reason === "other" && !form.note) fail({ code: "invalid", field: "note", why: "empty" });
    return answers.removal({ packageId } as never);
  },
  policy: () => ({ policy, leaverPersonName: null, guessing: { activeCodes: 37, triesADay: 100, dayOneIn: 27027, yearPerMillion: 13415, kept: true, holdsUpTo: 100 } }),
  setPolicy({ policy: wanted }: { policy: PolicyView }) {
    policy = wanted;
    return null;
  },
  propose({ size, handling }: { size: string; handling: string[] }) {
    const cold = handling.includes("cold") || handling.includes("perishable");
    if (size === "oversize") return { kind: "shelf", why: ["oversize"], place: "C-12" };
    if (cold) return { kind: "shelf", why: ["perishableNeedsCold"], place: "Fridge" };
    const [best, ...others] = fitting(size);
    if (!best) return { kind: "shelf", why: ["noneBigEnough"], place: "C-12" };
    return { kind: "compartment", compartment: best, why: [best.size === size ? "exactSize" : "nextSizeUp", "leastUsed"], others };
  },
  receive({ intake }: { intake: { trackingNumber: string; recipientId: string; size: PackageRow["size"]; handling: PackageRow["handling"]; note: string | null } }) {
    const { trackingNumber, recipientId, size, handling } = intake;
    const person = someone(recipientId);
    const row: PackageRow = { id: `p-new-${++made}`, trackingNumber, carrier: "UPS", recipient: person.name, recipientId, department: person.department, size, handling, state: "received", place: null, receivedAt: ago(0), changedAt: ago(0), deadline: ago(-72 * 60), late: false, opening: null, notice: null };
    packages.unshift(row);
    tell("packages");
    return row;
  },
  deposit({ packageId, compartment }: { packageId: string; compartment: string | null }) {
    const row = the(packageId);
    const before = row.opening?.state === "notOpened" ? row.opening : null;
    release(row);
    const door = doors().find((one) => one.id === compartment) ?? fitting(row.size)[0] ?? fail({ code: "refused", why: "noCompartment" });
    return open(door, "deposit", row, before ? before.triesLeft - 1 : 3);
  },
  depositBigger({ packageId }: { packageId: string }) {
    const row = the(packageId);
    const small = doors().find((one) => one.id === row.opening?.compartment);
    release(row);
    const door = fitting(order[order.indexOf(small?.size ?? "S") + 1] ?? "?").find((one) => one.id !== small?.id) ?? fail({ code: "refused", why: "noCompartment" });
    return open(door, "deposit", row);
  },
  depositCancel({ packageId }: { packageId: string }) {
    release(the(packageId));
    touch(the(packageId), { opening: null });
    return null;
  },
  shelve({ packageId, place }: { packageId: string; place: string }) {
    if (!place) fail({ code: "invalid", field: "place", why: "empty" });
    over(packageId);
    tell("tasks");
    touch(the(packageId), { state: "shelved", place: `Shelf ${place}`, opening: null, notice: { state: "waiting", channel: "email", at: null, why: null } });
    return the(packageId);
  },
  sendBack({ packageId }: { packageId: string }) {
    touch(the(packageId), { state: "returned", place: null });
    return the(packageId);
  },
  handOver({ packageId }: { packageId: string }) {
    touch(the(packageId), { state: "handedOver", place: null });
    return the(packageId);
  },
  reissueCode: () => null,
  removal: ({ packageId }: { packageId: string }) => open(doors().find((one) => one.package?.id === packageId) ?? fail({ code: "refused", why: "packageElsewhere" }), "removal", the(packageId)),
  opening: ({ openingId }: { openingId: string }) => openings.get(openingId) ?? fail({ code: "notFound", what: "opening" }),
  answerOpening({ openingId, opened }: { openingId: string; opened: boolean }) {
    const opening = openings.get(openingId)!;
    opening.state = opened ? "open" : "notOpened";
    if (opened) Object.assign(find(lobby, opening.label), { door: "open", doorSince: ago(0) });
    tell("banks", "packages");
    return opening;
  },
  banks: () => [{ ...lobby, online: plugged }],
  setFitness({ compartment, fitness, reason }: { compartment: string; fitness: CompartmentView["fitness"]; reason: string | null }) {
    Object.assign(doors().find((one) => one.id === compartment)!, { fitness, fitnessReason: reason });
    tell("banks");
    return null;
  },
  inspect: ({ compartment }: { compartment: string }) => open(doors().find((one) => one.id === compartment)!, "inspection", null),
  packages({ query, state, after }: { query: string; state: string | null; after: string | null }) {
    const words = fold(query).split(/\s+/u).filter(Boolean);
    const found = packages.filter((one) => (!state || one.state === state) && words.every((word) => fold([one.trackingNumber, one.recipient, one.department, one.place].join(" ")).includes(word)));
    return page(found, after);
  },
  package({ packageId }: { packageId: string }): PackagePage {
    const row = the(packageId);
    const compartment = doors().find((one) => one.package?.id === packageId) ?? null;
    return { ...row, note: row.handling.includes("fragile") ? "Glass; keep upright" : null, compartment, story: story(row), codeActive: row.state === "stored", delegations: delegations.filter((of) => of.principalId === row.recipientId && (of.packageId ?? row.id) === row.id) };
  },
  tasks: () => tasks,
  settleTask({ taskId }: { taskId: string }) {
    const [settled] = tasks.splice(tasks.findIndex((one) => one.id === taskId), 1);
    if (settled?.kind === "wrongDoor") {
      lobby.locked = false;
      tell("banks");
    }
    tell("tasks");
    return null;
  },
  health: () => ({
    sqlite: "3.51.1",
    dataFolder: "/var/lib/cubby",
    chainOk: true,
    events: 48_213,
    savedAt,
    devices: [
      { name: "North lobby", kind: "bank", ok: plugged, why: plugged ? null : { code: "missing", device: "/dev/ttyUSB0" }, since: ago(plugged ? 4000 : 1) },
      { name: "Kiosk reader", kind: "reader", ok: true, why: null, since: ago(4000) },
      { name: "Email", kind: "channel", ok: true, why: null, since: ago(300) },
    ],
    outboxWaiting: 1,
    backup: { folder: "/srv/backup/cubby", encrypted: true, at: ago(300), kibibytes: 18_432, why: null, percent: null },
    directory: { server: "ldap.example.com", everyHours: 6, at: ago(90), counts: null, failingSince: null, failure: null, stay: null },
    secrets: { place: "file", at: "/var/lib/cubby/secrets.json", warnings: secretsWarnings },
  }),
  privacy: () => ({
    retention: { ...retention },
    defaults: { access: 90, packages: 365, leavers: 90 },
    mostDays: 3650,
    sweptAt: ago(400),
    dataFolder: "/var/lib/cubby",
    backupsKept: 14,
    exportDays: 30,
  }),
  setRetention({ retention: wanted }: { retention: typeof retention }) {
    for (const field of ["access", "packages", "leavers"] as const) {
      if (wanted[field] < 1 || wanted[field] > 3650) fail({ code: "invalid", field, why: "outOfRange" });
    }
    Object.assign(retention, wanted);
    return null;
  },
  exportPerson: ({ personId }: { personId: string }) => ({
    data: `/var/lib/cubby/exports/${personId}-2026-11-16.json`,
    page: `/var/lib/cubby/exports/${personId}-2026-11-16.html`,
  }),
  erasePerson({ personId }: { personId: string }) {
    if (packages.some((row) => row.recipientId === personId && ["received", "stored", "shelved", "disputed"].includes(row.state))) fail({ code: "refused", why: "packagesWaiting" });
    people.splice(people.indexOf(someone(personId)), 1);
    tell("people");
    return { copies: ["/var/lib/cubby/pre-8.db"] };
  },
  ...imports,
  ...deadlineAnswers,
  ...noticeAnswers(proven, session.name),
  virtualPanel: panel,
  virtualShut({ channel: n }: { channel: number }) {
    shut(channel(n).label);
    return panel();
  },
  virtualPull({ channel: n }: { channel: number }) {
    Object.assign(channel(n), { door: "open", doorSince: ago(0) });
    tell("banks");
    return panel();
  },
  virtualJam({ channel: n, jammed: on }: { channel: number; jammed: boolean }) {
    if (on) jammed.add(channel(n).id);
    else jammed.delete(channel(n).id);
    return panel();
  },
  virtualCable({ plugged: on }: { plugged: boolean }) {
    plugged = on;
    tell("banks");
    return panel();
  },
  virtualBadge: () => null,
};

answerWith(
  Object.fromEntries(
    Object.entries(answers).map(([command, run]) => [
      command,
      (args: never) => {
        log.push({ command, args });
        return run(args);
      },
    ]),
  ) as Handlers,
);

Object.assign(window, {
  fake: {
    log,
    /** The browser comes back: well, or with an answer that is not believed. */
    browser: (yes: boolean) => browser?.(yes),
    /** Nobody was here for a while. */
    leave: () => (session.locked = true),
    shut,
    scan: (text: string) => emit("scanned", { text }),
    outcome: (next: Outcome) => (outcome = next),
    /** Another door than the one asked for opened. */
    wrongDoor() {
      lobby.locked = true;
      const door = find(lobby, "A02");
      Object.assign(door, { door: "open", doorSince: ago(0) });
      tasks.unshift({ id: "t-wrong", kind: "wrongDoor", urgent: true, at: ago(0), label: "A02", bank: lobby.name, compartmentId: door.id, packageId: null, detail: null, owner: null, mine: false });
      tell("banks", "tasks");
    },
    /** Somebody must come now. */
    alarm(kind: Task["kind"], label: string) {
      tasks.unshift({ id: `t-${kind}`, kind, urgent: true, at: ago(0), label, bank: lobby.name, compartmentId: find(lobby, label).id, packageId: null, detail: null, owner: null, mine: false });
      tell("tasks");
    },
    /** A mail that no server took. */
    mail(to: string, subject: string, text: string) {
      mails.unshift({ to, subject, text, at: ago(0) });
      tell("packages");
    },
    warnOfSecrets: (...warnings: Health["secrets"]["warnings"]) => {
      secretsWarnings = warnings;
      tell("health");
    },
    plug: (on: boolean) => {
      plugged = on;
      tell("banks");
    },
  },
});
