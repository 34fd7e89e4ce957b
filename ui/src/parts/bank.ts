// What a bank's picture says about a compartment, and where in words its door is. Pure; it never asks
// anything and knows no window.
import type { BankView, CompartmentView, Height } from "../ipc/bindings";
import { m } from "../paraglide/messages";

export type CellLook = "open" | "off" | "alarm" | "late" | "held" | "reserved" | "free";

/** The one state a cell is drawn in: what needs a person comes before what is merely so. */
export function look(c: CompartmentView): CellLook {
  if (c.door === "open") return "open";
  if (c.fitness === "outOfService") return "off";
  if (c.suspect) return "alarm";
  if (c.package?.late) return "late";
  if (c.occupancy === "holding") return "held";
  return c.occupancy === "reserved" ? "reserved" : "free";
}

const looks: Record<CellLook, () => string> = {
  open: m.look_open,
  off: m.look_off,
  alarm: m.look_alarm,
  late: m.look_late,
  held: m.look_held,
  reserved: m.look_reserved,
  free: m.look_free,
};

export const lookWords = (state: CellLook): string => looks[state]();

export type Side =
  | { kind: "left" | "right"; next: boolean } // of the screen; next: in the column beside it
  | { kind: "above" | "below" }
  | { kind: "column"; number: number; of: number }; // no screen in this bank: counted from the left

/** Where a door is, as one would point to it. */
export function side(bank: BankView, compartment: string): Side | null {
  const column = bank.columns.findIndex((cells) => rowOf(cells, compartment) >= 0);
  if (column < 0) return null;
  const screen = bank.columns.findIndex((cells) => cells.some((cell) => cell.kind === "screen"));
  if (screen < 0) return { kind: "column", number: column + 1, of: bank.columns.length };
  if (column !== screen) return { kind: column < screen ? "left" : "right", next: Math.abs(column - screen) === 1 };
  const cells = bank.columns[column]!;
  return { kind: rowOf(cells, compartment) < cells.findIndex((cell) => cell.kind === "screen") ? "above" : "below" };
}

function rowOf(cells: BankView["columns"][number], compartment: string): number {
  return cells.findIndex((cell) => cell.kind === "compartment" && cell.compartment.id === compartment);
}

const heights: Record<Height, () => string> = {
  top: m.height_top,
  upper: m.height_upper,
  lower: m.height_lower,
  bottom: m.height_bottom,
};

export const heightWords = (height: Height): string => heights[height]();

function sideWords(where: Side): string {
  switch (where.kind) {
    case "left":
      return where.next ? m.side_left_next() : m.side_left();
    case "right":
      return where.next ? m.side_right_next() : m.side_right();
    case "above":
      return m.side_above();
    case "below":
      return m.side_below();
    case "column":
      return m.side_column({ number: where.number });
  }
}

/** "Bottom row, left of the screen": the place of a door, in words. */
export function placeWords(bank: BankView | undefined, compartment: string, height: Height): string {
  const where = bank && side(bank, compartment);
  return where ? m.place({ height: heightWords(height), side: sideWords(where) }) : heightWords(height);
}
