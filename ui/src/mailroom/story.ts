// A line of the custody log in words: what happened, and the values told with it. Nothing is left out and nothing
// shown raw: a value without words here would be a name only programmers know. Pure.
import { m } from "../paraglide/messages";
import type { IdentityCheckName, OutcomeName, OverrideReasonName, PurposeName, ReportName, StoryLine, Task } from "../ipc/bindings";
import { byChannel, checks, nameOf, reasonsToOpen, tasks } from "./words";

type Words<K extends string> = Record<K, () => string>;
/** The log writes its names in snake_case. */
type Snake<S extends string> = S extends `${infer C}${infer Rest}` ? `${C extends Lowercase<C> ? C : `_${Lowercase<C>}`}${Snake<Rest>}` : "";

const kinds = {
  "package.received": m.story_package_received,
  "package.stored": m.story_package_stored,
  "package.shelved": m.story_package_shelved,
  "package.removed": m.story_package_removed,
  "package.collected": m.story_package_collected,
  "package.handed_over": m.story_package_handed_over,
  "package.returned": m.story_package_returned,
  "package.kept": m.story_package_kept,
  "package.reported": m.story_package_reported,
  "package.settled": m.story_package_settled,
  "deposit.cancelled": m.story_deposit_cancelled,
  "opening.decided": m.story_opening_decided,
  "opening.sent": m.story_opening_sent,
  "opening.acknowledged": m.story_opening_acknowledged,
  "opening.opened": m.story_opening_opened,
  "opening.not_opened": m.story_opening_not_opened,
  "opening.unknown": m.story_opening_unknown,
  "opening.answered": m.story_opening_answered,
  "opening.closed": m.story_opening_closed,
  "code.issued": m.story_code_issued,
  "code.revoked": m.story_code_revoked,
  "code.consumed": m.story_code_consumed,
  "notice.written": m.story_notice_written,
  "notice.sent": m.story_notice_sent,
  "notice.failed": m.story_notice_failed,
  "notice.redirected": m.story_notice_redirected,
  "notice.again": m.story_notice_again,
  "delegation.given": m.story_delegation_given,
  "delegation.ended": m.story_delegation_ended,
  "override.decided": m.story_override_decided,
  "task.raised": m.story_task_raised,
  "task.taken": m.story_task_taken,
  "task.settled": m.story_task_settled,
  "alarm.raised": m.story_alarm_raised,
  "deadline.fired": m.story_deadline_fired,
};

const purposes: Words<PurposeName> = {
  deposit: m.purpose_deposit,
  pickup: m.purpose_pickup,
  removal: m.purpose_removal,
  reopen: m.purpose_reopen,
  inspection: m.purpose_inspection,
};
const reports: Words<Snake<ReportName>> = { not_there: m.report_not_there, not_mine: m.report_not_mine };
const outcomes: Words<Snake<OutcomeName>> = { done: m.outcome_done, package_inside: m.outcome_inside, package_gone: m.outcome_gone };
const ways = { code: m.way_code, badge: m.way_badge, both: m.way_both, session: m.way_session, pin: m.way_pin };
const alarms = { forced: m.alarm_forced, wrong_door: m.alarm_wrong_door, ajar: m.alarm_ajar, implausible: m.alarm_implausible };
const reasons = {
  offline: m.reason_offline,
  too_late: m.reason_too_late,
  no_answer: m.reason_no_answer,
  jammed: m.reason_jammed,
  line_lost: m.reason_line_lost,
  no_reading: m.reason_no_reading,
  restart: m.reason_restart,
};

const steps = { reminder: m.story_step_reminder, escalation: m.story_step_escalation, removal: m.story_step_removal };

const camel = (name: string) => name.replace(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
const among = (words: Record<string, () => string>, name: string) => (Object.hasOwn(words, name) ? words[name]!() : null);
const begun = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** What each value says; the order is the order they are told in. */
const values: Record<string, (value: string, line: StoryLine) => string | null> = {
  purpose: (value) => among(purposes, value),
  step: (value) => among(steps, value),
  compartment: (value) => value,
  place: (value) => value,
  to: (value) => m.story_to({ name: nameOf(value) }),
  principal: (value, { kind }) => (kind === "delegation.given" ? null : m.story_for({ name: nameOf(value) })),
  delegate: (value) => m.story_delegate({ name: nameOf(value) }),
  reason: (value) => among(reasonsToOpen, camel(value) as OverrideReasonName),
  check: (value) => among(checks, camel(value) as IdentityCheckName),
  way: (value) => among(ways, value),
  what: (value, { kind }) => (kind === "task.raised" ? taskWords(value) : among(reports, value)),
  outcome: (value) => among(outcomes, value),
  alarm: (value) => among(alarms, value),
  channel: (value) => among(byChannel, value),
  why: (value) => among(reasons, value),
  // The first attempt goes without saying.
  attempt: (value) => (Number(value) > 1 ? m.story_attempt({ n: value }) : null),
  opened: (value) => (value === "true" ? m.story_said_open() : m.story_said_shut()),
  recovered: (value) => (value === "true" ? m.story_recovered() : null),
};

function taskWords(name: string): string | null {
  const words = among(tasks, camel(name) as Task["kind"]);
  return words && begun(words);
}

/** What happened. An event this window doesn't know yet is still told of. */
export const story = (line: StoryLine): string => among(kinds, line.kind) ?? m.story_other();

/** Its values, in words, in one line; "" when there is nothing to add. */
export function storyDetail(line: StoryLine): string {
  const told = Object.entries(values).map(([key, words]) => (line.detail[key] === undefined ? null : words(line.detail[key], line)));
  return told.filter(Boolean).join(" · ");
}

/** Events worth a second look in a long story. */
export const storyIsLoud = ({ kind }: StoryLine): boolean =>
  /^(alarm\.|task\.raised|notice\.failed|opening\.(not_opened|unknown)|package\.reported)/u.test(kind);
