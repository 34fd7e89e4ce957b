// What every screen is given. Screens show and ask; none holds state of its own that outlives it.
import type { ApiError, BankView, Height, KioskState } from "../ipc/bindings";
import type { call } from "../ipc/client";
import type { Language } from "../parts/language.svelte";
import type { Input } from "./flow";

/** What the frame around every screen shows. */
export type Around = { site: string; languages: Language[]; who: string | null; notice: ApiError | null };
/** Ask the Rust side; its answer becomes the next screen. */
export type Ask = (run: Parameters<typeof call<KioskState>>[0]) => void;
export type Tell = (input: Input) => void;
/** A door one is sent to: an opening's or a package's. */
export type Door = { label: string; compartment: string; bankId: string; height: Height };

export function bankOf(banks: BankView[], door: Door): BankView | undefined {
  return banks.find((bank) => bank.id === door.bankId);
}
