// The package being taken in: what has been scanned and chosen so far, and the one act that takes it in.
// It must never open a door of its own accord, and never take the same package in twice.
import { asFailure, call, type Failure } from "../../../ipc/client";
import type { Handling, IntakeSize, OpeningView, PackageRow, PersonHit, Proposal, Tracking } from "../../../ipc/bindings";
import { m } from "../../../paraglide/messages";
import { say } from "../../../parts/toasts.svelte";
import { clean, LONGEST_SENT } from "../../scan/clean";

export type TakenIn = { row: PackageRow; opening: OpeningView | null };

export class IntakeDraft {
  /** What the scan field shows: typed text, then the number as Rust reads it. */
  text = $state("");
  tracking = $state.raw<Tracking | null>(null);
  scanFailure = $state.raw<Failure | null>(null);
  recipient = $state.raw<PersonHit | null>(null);
  size = $state<IntakeSize>("S");
  handling = $state.raw<Handling[]>([]);
  note = $state("");
  /** Another compartment than the proposed one. */
  door = $state<string | null>(null);
  /** A shelf place instead of a compartment; null means a compartment. */
  shelf = $state<string | null>(null);
  /** Taken in already, though not put away: the door refused. Nothing of it changes any more. */
  received = $state.raw<PackageRow | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  /** Counts what was recognised, so that the page can move its focus on. */
  recognised = $state(0);
  #act: Promise<unknown> = Promise.resolve();
  #asked = 0;

  async scan(raw: string): Promise<void> {
    await this.#act;
    const same = this.tracking !== null && clean(raw) === this.tracking.trackingNumber;
    if (!same) this.#leave();
    const asked = ++this.#asked;
    this.text = clean(raw).slice(0, 80);
    this.scanFailure = null;
    try {
      const tracking = await call((c) => c.recognise(raw.slice(0, LONGEST_SENT)));
      if (asked !== this.#asked) return;
      this.tracking = tracking;
      this.text = tracking.trackingNumber;
      this.recognised++;
    } catch (thrown) {
      if (asked === this.#asked) this.scanFailure = asFailure(thrown);
    }
  }

  /** The scan field was typed in: what was recognised no longer holds. */
  typed(text: string): void {
    this.#asked++;
    this.text = text;
    this.scanFailure = null;
    if (this.tracking && text !== this.tracking.trackingNumber && !this.received) this.tracking = null;
  }

  /** Takes the package in, then opens the door or notes the shelf. Null when refused: `failure` says why. */
  takeIn(proposal: Proposal): Promise<TakenIn | null> {
    const act = this.#takeIn(proposal);
    this.#act = act;
    return act;
  }

  async #takeIn(proposal: Proposal): Promise<TakenIn | null> {
    const { tracking, recipient } = this;
    if (this.busy || tracking === null || recipient === null) return null;
    this.busy = true;
    this.failure = null;
    try {
      this.received ??= await call((c) =>
        c.receive({
          trackingNumber: tracking.trackingNumber,
          recipientId: recipient.id,
          size: this.size,
          handling: this.handling,
          note: this.note.trim() || null,
        }),
      );
      const taken = await this.#putAway(this.received, proposal);
      this.reset();
      return taken;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }

  async #putAway(row: PackageRow, proposal: Proposal): Promise<TakenIn> {
    const place = this.shelf ?? (proposal.kind === "shelf" ? proposal.place : null);
    if (place !== null) return { row: await call((c) => c.shelve(row.id, place.trim())), opening: null };
    const door = this.door ?? (proposal.kind === "compartment" ? proposal.compartment.id : null);
    return { row, opening: await call((c) => c.deposit(row.id, door)) };
  }

  /** What was being done is dropped for the next package; the clerk is told, as nothing is dropped silently. */
  #leave(): void {
    const number = this.tracking?.trackingNumber ?? "";
    if (this.received) say(m.intake_left_received({ number }), "bad");
    else if (this.tracking && this.recipient) say(m.intake_left({ number }), "bad");
    const recipient = this.tracking ? null : this.recipient;
    this.reset();
    this.recipient = recipient;
  }

  reset(): void {
    this.#asked++;
    this.text = "";
    this.tracking = null;
    this.scanFailure = null;
    this.recipient = null;
    this.size = "S";
    this.handling = [];
    this.note = "";
    this.door = null;
    this.shelf = null;
    this.received = null;
    this.failure = null;
  }
}
