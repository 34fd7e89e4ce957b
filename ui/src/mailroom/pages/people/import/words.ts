// What an import says: exhaustive, so that a new reason or stage is a type error until it has words.
import type { ImportFailure, ImportFault, ImportStage } from "../../../../ipc/bindings";
import { m } from "../../../../paraglide/messages";

const stages: Record<ImportStage, () => string> = {
  upload: m.import_stage_upload,
  reading: m.import_stage_reading,
  comparing: m.import_stage_comparing,
  ready: m.import_preview,
  applying: m.import_stage_applying,
  done: m.import_done,
  failed: m.import_failed,
  cancelled: m.import_cancelled,
};
export const stage = (one: ImportStage) => stages[one]();

const targets: Record<string, () => string> = {
  external_id: m.import_target_external_id,
  reference: m.import_target_reference,
  given_name: m.import_target_given_name,
  family_name: m.import_target_family_name,
  name: m.person_name,
  preferred_name: m.person_preferred_name,
  aliases: m.person_aliases,
  email: m.person_email,
  phone: m.person_phone,
  department: m.person_department,
  location: m.person_location,
  manager: m.person_manager,
  groups: m.person_teams,
  badges: m.person_badges,
  language: m.person_language,
  channel: m.import_target_channel,
  needs_low_door: m.import_target_low_door,
  active: m.person_active,
};
/** A field by its name, in snake or camel case. */
export const target = (name: string) => targets[name.replace(/[A-Z]/gu, (c) => `_${c.toLowerCase()}`)]?.() ?? name;

export function delimiter(one: string): string {
  switch (one) {
    case "\t":
      return m.import_delimiter_tab();
    case ";":
      return m.import_delimiter_semicolon();
    case "|":
      return m.import_delimiter_bar();
    default:
      return m.import_delimiter_comma();
  }
}

const faults: Record<ImportFault["why"], () => string> = {
  unclosedQuote: m.import_why_unclosed_quote,
  quoteInside: m.import_why_quote_inside,
  tooFewCells: m.import_why_too_few,
  tooManyCells: m.import_why_too_many_cells,
  noKey: m.import_why_no_key,
  unreadable: m.import_why_unreadable,
  controlCharacter: m.import_why_control,
  formula: m.import_why_formula,
  spreadsheetError: m.import_why_spreadsheet,
  rounded: m.import_why_rounded,
  tooLong: m.failure_invalid_too_long,
  tooMany: m.import_why_too_many,
  notAnAddress: m.import_why_not_address,
  notABadge: m.import_why_not_badge,
  notYesOrNo: m.import_why_not_yes_no,
  malformed: m.failure_invalid_malformed,
  noName: m.import_why_no_name,
  samePerson: m.import_why_same_person,
  sameAddress: m.import_why_same_address,
  addressTaken: m.import_why_address_taken,
  sameBadge: m.import_why_same_badge,
  badgeTaken: m.import_why_badge_taken,
  managerCycle: m.import_why_manager_cycle,
  lastAdmin: m.import_why_last_admin,
};
export function fault({ why, otherLine }: ImportFault): string {
  const text = faults[why]();
  return otherLine === null ? text : `${text} (${m.import_line({ n: otherLine })})`;
}

const failures: Record<ImportFailure["kind"], (detail: { detail: string }) => { title: string; help: string }> = {
  empty: () => ({ title: m.import_fail_empty(), help: m.import_fail_empty_help() }),
  headerOnly: () => ({ title: m.import_fail_empty(), help: m.import_fail_empty_help() }),
  tooLarge: () => ({ title: m.import_fail_large(), help: m.import_fail_large_help() }),
  workbook: () => ({ title: m.import_fail_workbook(), help: m.import_fail_workbook_help() }),
  noSuchEncoding: (d) => ({ title: m.import_fail_encoding(d), help: m.import_fail_encoding_help() }),
  noSuchColumn: (d) => ({ title: m.import_fail_column(d), help: m.import_fail_columns_help() }),
  twoColumns: (d) => ({ title: m.import_fail_two_columns(d), help: m.import_fail_columns_help() }),
  sameHeader: (d) => ({ title: m.import_fail_same_header(d), help: m.import_fail_same_header_help() }),
  noKeyColumn: () => ({ title: m.import_fail_no_key(), help: m.import_fail_no_key_help() }),
  badHeader: (d) => ({ title: m.import_fail_header(), help: d.detail }),
  setting: (d) => ({ title: m.import_fail_setting(), help: d.detail }),
  unreachable: (d) => ({ title: m.import_fail_unreachable(), help: d.detail }),
  tls: (d) => ({ title: m.import_fail_tls(), help: d.detail }),
  bindRefused: (d) => ({ title: m.import_fail_bind(), help: d.detail }),
  baseUnknown: (d) => ({ title: m.import_fail_base(), help: d.detail }),
  limited: (d) => ({ title: m.import_fail_limited(), help: d.detail }),
  serverRefused: (d) => ({ title: m.import_fail_refused(), help: d.detail }),
  gone: (d) => ({ title: m.import_fail_gone(), help: d.detail }),
  nobody: () => ({ title: m.import_fail_nobody(), help: m.import_fail_nobody_help() }),
  store: (d) => ({ title: m.import_fail_store(), help: d.detail }),
};
export const failed = ({ kind, detail }: ImportFailure) => failures[kind]({ detail: detail ?? "" });
