// The mailroom's people, packages and tasks as the fake tells them: names in several scripts and lengths,
// packages in every state, times counted back from the page's own clock.
import type { BankView, CompartmentView, PackageRow, PackageState, PersonForm, PersonHit, RoleName, Task } from "./contract";
import { bank, find } from "./data";

export const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const H = 60;

const names: [name: string, department: string | null, aliases: string | null, email: boolean][] = [
  ["Anna Gutiérrez", "Finance", "Annie, A. Gutierrez", true],
  ["Ann Okafor", "Legal", null, true],
  ["Joanne Petrov", "Finance", null, true],
  ["Max Lind", "Workplace", null, true],
  ["Priya Nair", "Research", null, true],
  ["Sam Ode", "Sales", "Samuel", true],
  ["Konstantin Alexandros Papadopoulos-Weber", "Corporate Communications and Public Affairs", "Kostas, Konst. Papadopoulos", true],
  ["Łukasz Żółkiewski", "Facilities", null, true],
  ["王小明", "Engineering", "Wang Xiaoming", true],
  ["محمد الأحمد", "Engineering", "Mohammed Al-Ahmad", true],
  ["Мария Иванова", "Research", "Maria Ivanova", true],
  ["さくら 田中", "Design", "Sakura Tanaka", true],
  ["Siobhán Ní Bhriain", "Legal", null, false],
  ["Đặng Thị Hồng", "Sales", "Hong Dang", true],
  ["José", null, null, true],
  ["Left Already", "Sales", null, true],
];

export type Person = PersonForm & { id: string; role: RoleName };
export const people: Person[] = names.map(([name, department, aliases, email], at) => ({
  id: `person-${at}`,
  name,
  aliases,
  department,
  email: email ? `${(aliases?.split(",").at(-1) ?? name).normalize("NFD").replace(/[^A-Za-z]+/gu, ".").replace(/^\.|\.$/gu, "").toLowerCase()}@example.com` : null,
  language: at % 3 === 2 ? "es" : "en",
  badge: at % 4 === 3 ? null : `0009${at}`,
  preferredName: null,
  phone: null,
  location: null,
  channel: at === 1 ? "Pager 7, email" : null,
  needsLowDoor: false,
  role: "recipient",
  active: name !== "Left Already",
}));
people.push({ ...people[0]!, id: "person-staff", name: "Rosa Ilić", aliases: null, department: "Mailroom", email: "rosa.ilic@example.com", role: "admin" });

export const fold = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export function hit(person: Person, waiting: number): PersonHit {
  const { id, name, aliases, department, email, active } = person;
  return { id, name, aliases, department, email, active, badge: person.badge !== null, waiting };
}

export const lobby: BankView = bank();
export const packages: PackageRow[] = [];
const carriers = ["UPS", "DHL", "FedEx", "USPS", "Amazon", null];
const numbers = ["1Z999AA10123456784", "JD014600004522310817", "9400111899223397623910", "TBA305881220144", "00340434161094042557", "RX123456785DE"];

let made = 0;
function put(person: Person, state: PackageState, minutes: number, more: Partial<PackageRow> = {}): PackageRow {
  const n = made++;
  const row: PackageRow = {
    id: `p-${n}`,
    trackingNumber: n < numbers.length ? numbers[n]! : `1Z${String(48_211_907 + n * 7919).padStart(8, "0")}${String(n).padStart(8, "0")}`,
    carrier: carriers[n % carriers.length] ?? null,
    recipient: person.name,
    recipientId: person.id,
    department: person.department,
    size: "M",
    handling: n % 5 === 0 ? ["fragile"] : [],
    state,
    place: null,
    receivedAt: ago(minutes),
    changedAt: ago(minutes - 1),
    deadline: null,
    late: false,
    opening: null,
    notice: null,
    ...more,
  };
  packages.push(row);
  return row;
}

/** Puts a package into a door of the picture. */
export function fill(door: CompartmentView, row: PackageRow): void {
  door.occupancy = "holding";
  row.place = `${lobby.name} ${door.label}`;
  door.package = { id: row.id, trackingNumber: row.trackingNumber, recipient: row.recipient, size: row.size, late: row.late, since: row.changedAt };
}

const sent = (minutes: number): PackageRow["notice"] => ({ state: "sent", channel: "email", at: ago(minutes), why: null });
const someone = (at: number): Person => people[at % (people.length - 2)]!;

put(someone(4), "shelved", 3, { place: "Shelf C-12", size: "oversize", notice: sent(2) });
lobby.columns
  .flat()
  .flatMap((cell) => (cell.kind === "compartment" && cell.compartment.occupancy === "holding" ? [cell.compartment] : []))
  .forEach((door, at) => {
    const late = door.label === "A05" || door.label === "B04";
    const minutes = late ? 73 * H + at * 20 : 6 + at * 47;
    const notice = door.label === "A06" ? ({ state: "failed", channel: "email", at: ago(40), why: { en: "the mailbox is full", es: "el buzón está lleno" } } as const) : sent(minutes - 2);
    const row = put(someone(at + 3), door.label === "C01" ? "disputed" : "stored", minutes, { size: door.size, deadline: ago(minutes - 72 * H), late, notice });
    fill(door, row);
  });
put(someone(6), "received", 12, { size: "L", handling: ["confidential", "fragile"] });
put(someone(2), "lost", 30 * H, { size: "S" });
for (let at = 0; at < 70; at++) put(someone(at), at % 6 ? "collected" : "handedOver", 26 * H + at * 53, { notice: sent(26 * H), size: at % 3 ? "S" : "M" });
packages.sort((a, b) => b.changedAt.localeCompare(a.changedAt));

Object.assign(find(lobby, "B07"), { suspect: true });
Object.assign(find(lobby, "C03"), { door: "open", doorSince: ago(0.2), occupancy: "reserved" });

const task = (id: string, kind: Task["kind"], minutes: number, more: Partial<Task> = {}): Task => ({
  id,
  kind,
  urgent: false,
  at: ago(minutes),
  label: null,
  bank: null,
  compartmentId: more.label ? find(lobby, more.label).id : null,
  packageId: null,
  detail: null,
  owner: null,
  mine: false,
  ...more,
});
const inside = (label: string): string | null => find(lobby, label).package?.id ?? null;
export const tasks: Task[] = [
  task("t-1", "verifyDoor", 4, { label: "B01", bank: lobby.name, packageId: inside("B01") }),
  task("t-2", "couldNotBeTold", 40, { label: "A06", bank: lobby.name, packageId: inside("A06"), detail: "Mailbox full" }),
  task("t-3", "suspectDoor", 95, { label: "B07", bank: lobby.name, owner: "Tom Bauer" }),
  task("t-7", "channelDown", 20, { detail: "Slack" }),
  task("t-8", "noBackup", 190),
  task("t-5", "removal", 70, { label: "A05", bank: lobby.name, packageId: inside("A05") }),
  task("t-6", "removal", 75, { label: "B04", bank: lobby.name, packageId: inside("B04") }),
  task("t-4", "notMine", 150, { label: "C01", bank: lobby.name, packageId: inside("C01") }),
];
