// Deadlines and removals as the fake tells them: rules that can be changed, moments counted in plain hours, and two
// packages that have waited past their deadline.
import type { DeadlineMoments, DeadlinesPreview, DeadlinesView, RemovalItem, StepsView } from "./contract";
import { find } from "./data";
import { fail } from "./ipc";
import { ago, lobby, packages, people, tasks } from "./mailroom-data";

const steps = (reminder: number, escalation: number, removal: number): StepsView => ({ unit: "hours", reminder, escalation, removal });
let kept: DeadlinesView = {
  site: steps(24, 48, 72),
  rules: [
    { which: { kind: "handling", handling: "perishable" }, steps: steps(2, 4, 8) },
    { which: { kind: "person", personId: "person-2" }, steps: { unit: "businessDays", reminder: 2, escalation: null, removal: 5 } },
  ],
  escalateTo: { kind: "manager" },
  business: { zone: "Europe/Madrid", weekdays: [true, true, true, true, true, false, false], open: { from: "08:00", until: "18:00" }, holidays: ["2026-12-08", "2026-12-25"] },
};

const named = (id: string) => people.find((one) => one.id === id)?.name ?? "";
function moments({ unit, reminder, escalation, removal }: StepsView): DeadlineMoments {
  const at = (n: number) => ago(-60 * (unit === "hours" ? n : 24 * n));
  return { reminder: reminder === null ? null : at(reminder), escalation: escalation === null ? null : at(escalation), removal: at(removal) };
}
function check({ site, rules, business }: DeadlinesView): void {
  const wrong = (of: StepsView) => [of.reminder, of.escalation, of.removal].filter((n) => n !== null).some((n, at, all) => n < 1 || (at > 0 && n <= all[at - 1]!));
  if (wrong(site)) fail({ code: "invalid", field: "site", why: "outOfRange" });
  if (rules.some((rule) => wrong(rule.steps))) fail({ code: "invalid", field: "rules", why: "outOfRange" });
  if (!business.zone.includes("/")) fail({ code: "invalid", field: "zone", why: "malformed" });
}

/** Behind which door each that is to be taken out is or was. */
const doors = new Map(tasks.filter((task) => task.kind === "removal").map((task) => [task.packageId, task]));

function items(): RemovalItem[] {
  const open = tasks.filter((task) => task.kind === "removal");
  const all = open.map((task): RemovalItem => {
    const row = packages.find((one) => one.id === task.packageId)!;
    const label = doors.get(row.id)?.label ?? "";
    return { taskId: task.id, stage: row.state === "received" ? "inHand" : "inside", label, bank: lobby.name, height: find(lobby, label).height, since: row.receivedAt, package: row };
  });
  return all.sort((a, b) => Number(a.stage === "inside") - Number(b.stage === "inside") || a.label.localeCompare(b.label));
}

export const deadlineAnswers = {
  deadlines: () => ({
    deadlines: kept,
    people: kept.rules.flatMap(({ which }) => (which.kind === "person" ? [{ id: which.personId, name: named(which.personId) }] : [])),
    teams: [{ id: "team-1", name: "Front desk" }],
  }),
  previewDeadlines({ deadlines }: { deadlines: DeadlinesView }): DeadlinesPreview {
    check(deadlines);
    return { site: moments(deadlines.site), rules: deadlines.rules.map((rule) => moments(rule.steps)) };
  },
  setDeadlines({ deadlines }: { deadlines: DeadlinesView }) {
    check(deadlines);
    kept = deadlines;
    return null;
  },
  removals: items,
};

/** On its shelf, or fetched: nothing is asked of staff for it any more. */
export function over(packageId: string): void {
  const at = tasks.findIndex((task) => task.kind === "removal" && task.packageId === packageId);
  if (at >= 0) tasks.splice(at, 1);
}
