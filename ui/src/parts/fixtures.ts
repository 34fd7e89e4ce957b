// Small true-to-contract values for unit tests.
import type { BankView, CellView, CompartmentView, DoorState, KioskState, OpeningView, Own, VisitItem } from "../ipc/bindings";

export function compartment(label: string, change: Partial<CompartmentView> = {}): CompartmentView {
  return {
    id: `c-${label}`, bank: "Lobby", bankId: "b", label, size: "S", accessible: false, refrigerated: false, height: "top", fitness: "inService",
    fitnessReason: null, occupancy: "empty", door: "closed", doorSince: null, suspect: false, package: null, ...change,
  };
}

const cell = (label: string, change?: Partial<CompartmentView>): CellView => ({ kind: "compartment", units: 1, compartment: compartment(label, change) });

export function bank(door: DoorState = "closed"): BankView {
  return {
    id: "b", name: "Lobby", online: true, locked: false, lastSeen: null,
    columns: [
      [cell("A01"), cell("A02", { height: "bottom", door })],
      [cell("B01"), { kind: "screen", units: 2 }, cell("B02", { height: "bottom" })],
      [cell("C01"), cell("C02", { height: "bottom" })],
      [cell("D01"), cell("D02", { height: "lower" })],
    ],
  };
}

export function kiosk(change: Partial<KioskState> = {}): KioskState {
  return {
    site: "Lobby", languages: ["en", "es"], banks: [bank()], outOfService: false, offlineDevices: [], lockedSeconds: null,
    badgeReader: true, visit: null, helpCalledAt: null, ...change,
  };
}

export function opening(state: OpeningView["state"]): OpeningView {
  return {
    id: "o", state, compartment: "c-A02", label: "A02", bank: "Lobby", bankId: "b", height: "bottom", purpose: "pickup",
    triesLeft: 3, ajarSeconds: null, recovered: false,
  };
}

export function item(step: VisitItem["step"], label = "A02"): VisitItem {
  return {
    package: `p-${label}`, carrier: "UPS", size: "S", label, bankId: "b", compartment: `c-${label}`, height: "bottom", step,
    opening: null, reopenSeconds: null, triesLeft: 3, reported: null, principal: null, needs: null,
  };
}

export const own = (change: Partial<Own> = {}): Own => ({
  badges: 1, mayAddBadge: false, mayBlockBadges: false, awayUntil: null, delegates: [], awaiting: null, ...change,
});

export const pickup = (items: VisitItem[], current: number | null = 0): KioskState =>
  kiosk({ visit: { kind: "pickup", who: "A. G•••••", items, current, secondsLeft: 30, needs: null, own: own(), counter: [] } });
