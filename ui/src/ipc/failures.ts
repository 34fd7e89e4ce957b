// What each failure says, and how loudly. The tables are exhaustive: a new code, refusal or reason in the
// contract is a TypeScript error here until it has words. No screen invents its own.
import { m } from "../paraglide/messages";
import type { ApiError, InvalidWhy, Refusal } from "./bindings";

/** hint: the person goes on; warn: something must be done first; stop: nothing goes on here. */
export type Severity = "hint" | "warn" | "stop";
export type Words = { title: string; help: string; severity: Severity };

type Code = ApiError["code"];
type Of<C extends Code> = Extract<ApiError, { code: C }>;

const hint = (title: string, help: string): Words => ({ title, help, severity: "hint" });
const warn = (title: string, help: string): Words => ({ title, help, severity: "warn" });
const stop = (title: string, help: string): Words => ({ title, help, severity: "stop" });

const refusals: Record<Refusal, () => Words> = {
  compartmentTaken: () => hint(m.failure_taken(), m.failure_taken_help()),
  compartmentOutOfService: () => hint(m.failure_compartment_off(), m.failure_compartment_off_help()),
  tooSmall: () => hint(m.failure_too_small(), m.failure_too_small_help()),
  doorNotClosed: () => warn(m.failure_door_not_closed(), m.failure_door_not_closed_help()),
  noCompartment: () => warn(m.failure_no_compartment(), m.failure_no_compartment_help()),
  wrongState: () => hint(m.failure_wrong_state(), m.failure_wrong_state_help()),
  tooManyTries: () => warn(m.failure_tries(), m.failure_tries_help()),
  reopenTooLate: () => hint(m.failure_reopen_late(), m.failure_reopen_late_help()),
  packageElsewhere: () => warn(m.failure_elsewhere(), m.failure_elsewhere_help()),
  depositUnderWay: () => warn(m.failure_deposit_under_way(), m.failure_deposit_under_way_help()),
  alreadySetUp: () => warn(m.failure_already_set_up(), m.failure_already_set_up_help()),
  recipientInactive: () => warn(m.failure_inactive(), m.failure_inactive_help()),
  delegateIsRecipient: () => hint(m.failure_delegate_self(), m.failure_delegate_self_help()),
  delegateInactive: () => hint(m.failure_delegate_inactive(), m.failure_delegate_inactive_help()),
  notTheirPackage: () => warn(m.failure_not_theirs(), m.failure_not_theirs_help()),
  datesDoNotFit: () => hint(m.failure_dates(), m.failure_dates_help()),
  notForDelegates: () => warn(m.failure_not_for_delegates(), m.failure_not_for_delegates_help()),
  packagesWaiting: () => warn(m.failure_packages_waiting(), m.failure_packages_waiting_help()),
  taskOpen: () => warn(m.failure_task_open(), m.failure_task_open_help()),
  stillStaff: () => warn(m.failure_still_staff(), m.failure_still_staff_help()),
  lastAdmin: () => warn(m.failure_last_admin(), m.failure_last_admin_help()),
  samePerson: () => hint(m.failure_same_person(), m.failure_same_person_help()),
  secondTooLate: () => hint(m.failure_second_late(), m.failure_second_late_help()),
  needsCold: () => warn(m.failure_needs_cold(), m.failure_needs_cold_help()),
  noWayToTell: () => warn(m.failure_no_way_to_tell(), m.failure_no_way_to_tell_help()),
  ownerIsHere: () => warn(m.failure_owner_is_here(), m.failure_owner_is_here_help()),
};

const reasons: Record<InvalidWhy, () => string> = {
  empty: m.failure_invalid_empty,
  tooLong: m.failure_invalid_too_long,
  malformed: m.failure_invalid_malformed,
  taken: m.failure_invalid_taken,
  tooShort: m.failure_invalid_too_short,
  outOfRange: m.failure_invalid_out_of_range,
  guessable: m.failure_invalid_guessable,
};

const provider: Record<Of<"notByProvider">["why"], () => string> = {
  noProvider: m.provider_none,
  settings: m.provider_settings,
  unreachable: m.provider_unreachable,
  otherSession: m.provider_other_session,
  declined: m.provider_declined,
  spent: m.provider_spent,
  clockBehind: m.provider_clock_behind,
  expired: m.provider_expired,
  wrongIssuer: m.provider_wrong_issuer,
  wrongAudience: m.provider_wrong_audience,
  notFresh: m.provider_not_fresh,
  unbelievable: m.provider_unbelievable,
  timedOut: m.provider_timed_out,
  notStaff: m.provider_not_staff,
  somebodyElse: m.provider_somebody_else,
  noBrowser: m.provider_no_browser,
};

const missing: Record<Of<"notFound">["what"], () => string> = {
  package: m.failure_not_found_package,
  person: m.failure_not_found_person,
  compartment: m.failure_not_found_compartment,
  opening: m.failure_not_found_opening,
  bank: m.failure_not_found_bank,
  badge: m.failure_not_found_badge,
  delegation: m.failure_not_found_delegation,
  hold: m.failure_not_found_hold,
  task: m.failure_not_found_task,
  notice: m.failure_not_found_notice,
  channel: m.failure_not_found_channel,
  import: m.failure_not_found_import,
  directoryServer: m.failure_not_found_directory_server,
};

const codes: { [C in Code]: (error: Of<C>) => Words } = {
  credentialRefused: () => hint(m.failure_credential(), m.failure_credential_help()),
  throttled: ({ seconds }) => warn(m.failure_throttled(), m.failure_throttled_help({ seconds })),
  askedTooOften: ({ seconds }) => warn(m.failure_asked_often(), m.failure_asked_often_help({ seconds })),
  kioskBusy: () => hint(m.failure_busy(), m.failure_busy_help()),
  notSignedIn: () => warn(m.failure_signed_out(), m.failure_signed_out_help()),
  notAllowed: () => warn(m.failure_not_allowed(), m.failure_not_allowed_help()),
  signInRefused: () => hint(m.failure_sign_in(), m.failure_sign_in_help()),
  factorRefused: () => hint(m.failure_factor(), m.failure_factor_help()),
  locked: () => warn(m.failure_locked(), m.failure_locked_help()),
  confirmFirst: () => hint(m.failure_confirm(), m.failure_confirm_help()),
  notByProvider: ({ why }) => warn(m.provider_failed(), provider[why]()),
  notFound: ({ what }) => hint(missing[what](), m.failure_not_found_help()),
  invalid: ({ why }) => hint(m.failure_invalid(), reasons[why]()),
  refused: ({ why }) => refusals[why](),
  deviceOffline: ({ device }) => warn(m.failure_device({ device }), m.failure_device_help()),
  diskLow: () => warn(m.failure_disk_low(), m.failure_disk_low_help()),
  outOfService: () => stop(m.failure_storage(), m.failure_storage_help()),
  internal: ({ incident }) => warn(m.failure_internal(), m.failure_internal_help({ incident })),
};

export function words(error: ApiError): Words {
  return (codes[error.code] as (error: ApiError) => Words)(error);
}
