// The contract's names in people's words, both languages. Exhaustive: a new name in the contract is a type error here.
// It must never hold wording itself: that is in messages/.
import { m } from "../paraglide/messages";
import { language } from "../parts/language.svelte";
import type {
  ChannelName,
  CompartmentView,
  Handling,
  IdentityCheckName,
  IntakeSize,
  NoticeKindName,
  NoticeState,
  OpeningState,
  OverrideReasonName,
  PackageRow,
  PackageState,
  ProposalWhy,
  RoleName,
  Said,
  SourceName,
  Task,
  WaysInName,
} from "../ipc/bindings";

type Words<K extends string> = Record<K, () => string>;

/** A person's name on a screen; who was erased has none. */
export const nameOf = (name: string) => name || m.person_erased();

const sizes: Words<IntakeSize> = {
  S: m.size_s,
  M: m.size_m,
  L: m.size_l,
  XL: m.size_xl,
  oversize: m.size_oversize,
};
export const size = (one: IntakeSize) => sizes[one]();

/** The letter on a door, so that a picture stays readable. */
export const SIZES = ["S", "M", "L", "XL"] as const;
export const INTAKE_SIZES = ["S", "M", "L", "XL", "oversize"] as const;

const handlings: Words<Handling> = {
  fragile: m.handling_fragile,
  confidential: m.handling_confidential,
  highValue: m.handling_high_value,
  oversize: m.handling_oversize,
  perishable: m.handling_perishable,
  cold: m.handling_cold,
};
export const handling = (one: Handling) => handlings[one]();
/** Oversize is a size on the intake page, so it isn't offered as handling too. */
export const HANDLINGS = ["fragile", "confidential", "highValue", "perishable", "cold"] as const;

const whys: Words<ProposalWhy> = {
  exactSize: m.why_exact_size,
  nextSizeUp: m.why_next_size_up,
  accessible: m.why_accessible,
  refrigerated: m.why_refrigerated,
  leastUsed: m.why_least_used,
  oversize: m.why_oversize,
  perishableNeedsCold: m.why_perishable_needs_cold,
  bankFull: m.why_bank_full,
  noneBigEnough: m.why_none_big_enough,
};
export const why = (one: ProposalWhy) => whys[one]();

const states: Words<PackageState> = {
  received: m.state_received,
  stored: m.state_stored,
  shelved: m.state_shelved,
  disputed: m.state_disputed,
  collected: m.state_collected,
  handedOver: m.state_handed_over,
  returned: m.state_returned,
  lost: m.state_lost,
};
export const state = (one: PackageState) => states[one]();
export const STATES = Object.keys(states) as PackageState[];

const openings: Words<OpeningState> = {
  journaled: m.opening_under_way,
  sent: m.opening_under_way,
  acknowledged: m.opening_under_way,
  waiting: m.opening_waiting,
  open: m.opening_open,
  closed: m.opening_closed,
  notOpened: m.opening_not_opened,
  unknown: m.opening_unknown,
};
export const opening = (one: OpeningState) => openings[one]();

export type Tone = "good" | "late" | "alarm" | "open" | "off";

/** What a package is doing, in two words, and how loudly: its door first, while one is moving. */
export function standing(row: PackageRow): { text: string; tone: Tone } {
  if (row.opening && row.opening.state !== "closed") {
    const loud = row.opening.state === "notOpened" || row.opening.state === "unknown";
    return { text: opening(row.opening.state), tone: loud ? "alarm" : "open" };
  }
  if (row.state === "disputed" || row.state === "lost") return { text: state(row.state), tone: "alarm" };
  if (row.late) return { text: m.state_late(), tone: "late" };
  if (row.state === "received") return { text: state(row.state), tone: "late" };
  const held = row.state === "stored" || row.state === "shelved";
  return { text: state(row.state), tone: held ? "good" : "off" };
}

/** Where it is; a package that has left is nowhere. */
export const placeOf = (row: PackageRow): string => row.place ?? (row.state === "received" ? m.just_now_no_place() : "");

/** What Rust says in every language, as part of a sentence. */
export const said = (one: Said | null) => one?.[language.current] ?? "";
/** The same, to begin a sentence. */
export const saidFirst = (one: Said | null) => said(one).replace(/^./u, (first) => first.toUpperCase());

const channels: Words<ChannelName> = {
  email: m.channel_name_email,
  sms: m.channel_name_sms,
  slack: m.channel_name_slack,
  teams: m.channel_name_teams,
  webhook: m.channel_name_webhook,
  desktop: m.channel_name_desktop,
};
export const channel = (one: ChannelName) => channels[one]();
export const CHANNELS = Object.keys(channels) as ChannelName[];
export const isChannel = (name: string): name is ChannelName => name in channels;
export const byChannel: Words<ChannelName> = {
  email: m.channel_email,
  sms: m.channel_sms,
  slack: m.channel_slack,
  teams: m.channel_teams,
  webhook: m.channel_webhook,
  desktop: m.channel_desktop,
};

const noticeKinds: Words<NoticeKindName> = {
  stored: m.kind_stored,
  shelved: m.kind_shelved,
  codeReissued: m.kind_code_reissued,
  moved: m.kind_moved,
  leaver: m.kind_leaver,
  reminder: m.kind_reminder,
  escalation: m.kind_escalation,
  removed: m.kind_removed,
  expedited: m.kind_expedited,
};
export const noticeKind = (one: NoticeKindName) => noticeKinds[one]();
export const NOTICE_KINDS = Object.keys(noticeKinds) as NoticeKindName[];

const sentBy: Record<ChannelName, (inputs: { at: string }) => string> = {
  email: m.notice_sent_email,
  sms: m.notice_sent_sms,
  slack: m.notice_sent_slack,
  teams: m.notice_sent_teams,
  webhook: m.notice_sent_webhook,
  desktop: m.notice_sent_desktop,
};
export function notice(one: NoticeState, at: string | null): string {
  if (one.state === "failed") return m.notice_failed({ why: said(one.why) });
  if (one.state === "waiting") return m.notice_waiting();
  return sentBy[one.channel]({ at: at ?? "" });
}

const occupancies: Words<CompartmentView["occupancy"]> = {
  empty: m.occupancy_empty,
  reserved: m.occupancy_reserved,
  holding: m.occupancy_holding,
};
export const occupancy = (one: CompartmentView["occupancy"]) => occupancies[one]();

const doors: Words<CompartmentView["door"]> = { unknown: m.door_unknown, closed: m.door_closed, open: m.door_open };
export const door = (one: CompartmentView["door"]) => doors[one]();

const roles: Words<RoleName> = {
  recipient: m.role_recipient,
  clerk: m.role_clerk,
  supervisor: m.role_supervisor,
  admin: m.role_admin,
  auditor: m.role_auditor,
};
export const role = (one: RoleName) => roles[one]();

const sources: Words<SourceName> = { hand: m.source_hand, csv: m.source_csv, ldap: m.source_ldap, scim: m.source_scim };
export const source = (one: SourceName) => sources[one]();

export const WAYS = ["either", "badge", "code", "both"] as const;
const waysIn: Words<WaysInName> = { either: m.ways_either, badge: m.ways_badge, code: m.ways_code, both: m.ways_both };
export const ways = (one: WaysInName) => waysIn[one]();
const waysInMean: Words<WaysInName> = {
  either: m.ways_either_help,
  badge: m.ways_badge_help,
  code: m.ways_code_help,
  both: m.ways_both_help,
};
export const waysMean = (one: WaysInName) => waysInMean[one]();

export const reasonsToOpen: Words<OverrideReasonName> = {
  codeLost: m.override_code_lost,
  badgeLost: m.override_badge_lost,
  kioskFails: m.override_kiosk_fails,
  needsHelp: m.override_needs_help,
  other: m.override_other,
};
export const overrideReasons = Object.entries(reasonsToOpen) as [OverrideReasonName, () => string][];
export const checks: Words<IdentityCheckName> = {
  idCard: m.check_id_card,
  badgePhoto: m.check_badge_photo,
  knownBySight: m.check_known_by_sight,
  calledBack: m.check_called_back,
};
export const checkWords = Object.entries(checks) as [IdentityCheckName, () => string][];

export const tasks: Words<Task["kind"]> = {
  verifyDoor: m.task_verify_door,
  jam: m.task_jam,
  forced: m.task_forced,
  wrongDoor: m.task_wrong_door,
  ajar: m.task_ajar,
  implausible: m.task_implausible,
  wrongBoard: m.task_wrong_board,
  help: m.task_help,
  notThere: m.task_not_there,
  notMine: m.task_not_mine,
  couldNotBeTold: m.task_could_not_be_told,
  suspectDoor: m.task_suspect_door,
  clockDoubted: m.task_clock_doubted,
  diskLow: m.task_disk_low,
  leaverPackage: m.task_leaver_package,
  blockedBadge: m.task_blocked_badge,
  removal: m.task_removal,
  escalation: m.task_escalation,
  channelDown: m.task_channel_down,
  noBackup: m.task_no_backup,
};
const advice: Words<Task["kind"]> = {
  verifyDoor: m.advice_verify_door,
  jam: m.advice_jam,
  forced: m.advice_forced,
  wrongDoor: m.advice_wrong_door,
  ajar: m.advice_ajar,
  implausible: m.advice_implausible,
  wrongBoard: m.advice_wrong_board,
  help: m.advice_help,
  notThere: m.advice_not_there,
  notMine: m.advice_not_mine,
  couldNotBeTold: m.advice_could_not_be_told,
  suspectDoor: m.advice_suspect_door,
  clockDoubted: m.advice_clock_doubted,
  diskLow: m.advice_disk_low,
  leaverPackage: m.advice_leaver_package,
  blockedBadge: m.advice_blocked_badge,
  removal: m.advice_removal,
  escalation: m.advice_escalation,
  channelDown: m.advice_channel_down,
  noBackup: m.advice_no_backup,
};
/** "A07: pickup not confirmed"; the place leads, as that is where one walks to. */
export function task(one: Task): string {
  const words = tasks[one.kind]();
  const place = one.label ?? one.bank;
  return place === null ? words : m.task_at({ place, words: words.charAt(0).toLowerCase() + words.slice(1) });
}
export const taskAdvice = (one: Task) => advice[one.kind]();
