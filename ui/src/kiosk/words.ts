// The contract's names in the kiosk's words. Exhaustive: a new name is a type error here.
import type { IntakeSize, ProposalWhy, VisitItem } from "../ipc/bindings";
import { m } from "../paraglide/messages";

type Words<K extends string> = Record<K, () => string>;

const sizes: Words<IntakeSize> = {
  S: m.kiosk_size_s,
  M: m.kiosk_size_m,
  L: m.kiosk_size_l,
  XL: m.kiosk_size_xl,
  oversize: m.kiosk_size_oversize,
};

const steps: Words<VisitItem["step"]> = {
  waiting: m.kiosk_step_waiting,
  locked: m.kiosk_step_locked,
  opening: m.kiosk_step_opening,
  open: m.kiosk_step_open,
  shut: m.kiosk_step_shut,
  notOpened: m.kiosk_step_not_opened,
  unknown: m.kiosk_step_unknown,
  reported: m.kiosk_step_reported,
  unavailable: m.kiosk_step_unavailable,
};

const reasons: Words<ProposalWhy> = {
  exactSize: m.kiosk_why_exact_size,
  nextSizeUp: m.kiosk_why_next_size_up,
  accessible: m.kiosk_why_accessible,
  refrigerated: m.kiosk_why_refrigerated,
  leastUsed: m.kiosk_why_least_used,
  oversize: m.kiosk_why_oversize,
  perishableNeedsCold: m.kiosk_why_perishable_needs_cold,
  bankFull: m.kiosk_why_bank_full,
  noneBigEnough: m.kiosk_why_none_big_enough,
};

export const sizeWords = (size: IntakeSize) => sizes[size]();
export const stepWords = (item: VisitItem) => steps[item.step]();
export const whyWords = (why: ProposalWhy[]) => why.map((one) => reasons[one]()).join(" · ");

/** "A07 · UPS, small": a package as its recipient knows it. */
export function parcelWords({ label, carrier, size }: VisitItem): string {
  return carrier ? m.kiosk_parcel({ label, carrier, size: sizeWords(size) }) : m.kiosk_parcel_plain({ label, size: sizeWords(size) });
}

export function triesWords(left: number): string {
  return left === 1 ? m.kiosk_tries_one() : m.kiosk_tries({ count: left });
}
