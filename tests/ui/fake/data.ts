// The site the fakes tell of: one bank in a lobby, its people and packages. Realistic, and the same for
// both windows.
import type { BankView, CellView, CompartmentView, Height, PackageBrief, Size } from "../../../ui/src/ipc/bindings";

export const at = (time: string) => `2026-11-16T${time}:00.000Z`;

const units: Record<Size, number> = { S: 1, M: 2, L: 3, XL: 4 };

type Sketch = (string | null)[][]; // "A01 S"; null is the screen
const lobby: Sketch = [
  ["A01 S", "A02 S", "A03 M", "A04 M", "A05 L"],
  ["A06 S", "A07 S", "A08 S", "A09 M", "A10 S", "A11 L"],
  ["B01 S", null, "B02 S", "B03 L"],
  ["B04 M", "B05 M", "B06 M", "B07 L"],
  ["C01 S", "C02 S", "C03 L", "C04 XL"],
];
const screenUnits = 4;
const held = new Set(["A01", "A03", "A05", "A06", "A08", "B01", "B04", "B05", "C01", "C02", "C04"]);

function height(top: number, of: number): Height {
  const share = top / of;
  return share < 0.12 ? "top" : share < 0.5 ? "upper" : share < 0.62 ? "lower" : "bottom";
}

function compartment(label: string, size: Size, where: Height): CompartmentView {
  return {
    id: `c-${label}`,
    bank: "North lobby",
    bankId: "b-lobby",
    label,
    size,
    accessible: where === "upper" || where === "lower",
    refrigerated: label === "C04",
    height: where,
    fitness: label === "B06" ? "outOfService" : "inService",
    fitnessReason: label === "B06" ? "Lock at the vendor" : null,
    occupancy: held.has(label) ? "holding" : "empty",
    door: "closed",
    doorSince: at("08:00"),
    suspect: false,
    package: null,
  };
}

export function bank(): BankView {
  const columns = lobby.map((cells) => {
    const sized = cells.map((cell) => (cell === null ? screenUnits : units[cell.split(" ")[1] as Size]));
    const all = sized.reduce((sum, one) => sum + one, 0);
    let top = 0;
    return cells.map((cell, row): CellView => {
      const start = top;
      top += sized[row]!;
      if (cell === null) return { kind: "screen", units: screenUnits };
      const [label, size] = cell.split(" ") as [string, Size];
      return { kind: "compartment", units: units[size], compartment: compartment(label, size, height(start, all)) };
    });
  });
  return { id: "b-lobby", name: "North lobby", columns, online: true, locked: false, lastSeen: at("09:41") };
}

export function find(bank: BankView, label: string): CompartmentView {
  for (const cell of bank.columns.flat()) if (cell.kind === "compartment" && cell.compartment.label === label) return cell.compartment;
  throw new Error(`no compartment ${label}`);
}

export const received: PackageBrief[] = [
  { id: "p-11", trackingNumber: "1Z 999 AA1 01 2345 6784", recipient: "Anna Gutiérrez", size: "S", late: false, since: at("09:12") },
  { id: "p-12", trackingNumber: "JD01 4600 0045 2231", recipient: "Priya Nair", size: "M", late: false, since: at("09:14") },
  { id: "p-13", trackingNumber: "9400 1118 9922 3397 6239 10", recipient: "Max Lind", size: "L", late: false, since: at("09:15") },
  { id: "p-14", trackingNumber: "TBA 305 881 220 144", recipient: "Sam Ode", size: "S", late: false, since: at("09:20") },
  { id: "p-15", trackingNumber: "CM 204 118 765 DE", recipient: "Konstantin Papadopoulos-Weber", size: "oversize", late: false, since: at("09:31") },
];
