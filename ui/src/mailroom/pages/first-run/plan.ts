// The plan of a new site while it is drawn: layouts, numbering, and what is plainly missing before it is sent.
// Pure. Rust judges the plan; this only spares a round trip, and maps Rust's field paths onto the steps.
import type { BankView, InvalidWhy, SitePlan, Size } from "../../../ipc/bindings";

export type Door = {
  kind: "compartment";
  label: string;
  channel: number;
  size: Size;
  accessible: boolean;
  refrigerated: boolean;
  /** The label or the channel was written by hand: renumbering leaves it alone. */
  own: boolean;
};
export type Cell = Door | { kind: "screen" };
export type Columns = { cells: Cell[] }[];

export type Draft = {
  siteName: string;
  admin: SitePlan["admin"];
  bank: Omit<SitePlan["bank"], "columns"> & { columns: Columns };
  email: { wanted: boolean; url: string; from: string };
};

/** A cell's share of its column's height. */
const UNITS: Record<Size, number> = { S: 1, M: 2, L: 3, XL: 4 };
const SCREEN_UNITS = 3;

/** The most channels one board has, and the addresses its switches can be set to. */
export const MOST_CHANNELS = 50;
export const MOST_BOARD = 32;
export const SHORTEST_PASSWORD = 15;

const door = (size: Size): Door => ({
  kind: "compartment",
  label: "",
  channel: 0,
  size,
  accessible: false,
  refrigerated: false,
  own: false,
});
const stack = (...cells: (Size | "screen")[]) => ({
  cells: cells.map((cell): Cell => (cell === "screen" ? { kind: "screen" } : door(cell))),
});

/** Where the middle of a door must be, as a share of the height from the top, to be reached sitting: about 40 to 120 cm of 2 m. */
const REACH = { from: 0.4, to: 0.8 };

function reachable(columns: Columns): Columns {
  return columns.map(({ cells }) => {
    const units = cells.map((cell) => (cell.kind === "screen" ? SCREEN_UNITS : UNITS[cell.size]));
    const all = units.reduce((sum, one) => sum + one, 0);
    let top = 0;
    return {
      cells: cells.map((cell, row) => {
        const own = units[row] ?? 0;
        const middle = (top + own / 2) / all;
        top += own;
        if (cell.kind === "screen") return cell;
        return { ...cell, accessible: middle >= REACH.from && middle <= REACH.to };
      }),
    };
  });
}

const ready = (columns: Columns): Columns => number(reachable(columns));

export const LAYOUTS = {
  small: () => ready([stack("S", "S", "M", "M"), stack("screen", "S", "M")]),
  lobby: () =>
    ready([
      stack("S", "S", "S", "M", "L"),
      stack("S", "S", "screen", "M"),
      stack("S", "S", "S", "M", "L"),
      stack("M", "M", "L"),
    ]),
  wide: () =>
    ready([
      stack("S", "S", "S", "S", "M", "L"),
      stack("S", "S", "S", "S", "M", "L"),
      stack("S", "S", "S", "screen", "M"),
      stack("S", "S", "M", "M", "L"),
      stack("M", "M", "L", "S"),
      stack("XL", "L", "M"),
    ]),
} as const;
export type Layout = keyof typeof LAYOUTS;

/** A letter for each column from the left, a number for each door from the top; channels count on. */
export function number(columns: Columns): Columns {
  let channel = 0;
  return columns.map(({ cells }, column) => {
    let row = 0;
    return {
      cells: cells.map((cell) => {
        if (cell.kind === "screen") return cell;
        row++;
        channel++;
        if (cell.own) return cell;
        return { ...cell, label: `${letter(column)}${String(row).padStart(2, "0")}`, channel };
      }),
    };
  });
}

function letter(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : letter(Math.floor(column / 26) - 1) + last;
}

export function blank(): Draft {
  return {
    siteName: "",
    admin: { name: "", email: "", password: "" },
    bank: {
      name: "",
      driver: "bcc8a",
      port: null,
      baud: 9600,
      board: 1,
      closedBit: 1,
      statusOrder: "last-byte-first",
      columns: LAYOUTS.lobby(),
    },
    email: { wanted: false, url: "", from: "" },
  };
}

export function doors(columns: Columns): Door[] {
  return columns.flatMap(({ cells }) => cells.filter((cell) => cell.kind === "compartment"));
}

/** What is sent to Rust: nothing of the form's own. */
export function plan(draft: Draft): SitePlan {
  return {
    siteName: draft.siteName.trim(),
    admin: { ...draft.admin, name: draft.admin.name.trim(), email: draft.admin.email.trim() },
    bank: {
      ...draft.bank,
      name: draft.bank.name.trim(),
      columns: draft.bank.columns.map(({ cells }) => ({
        cells: cells.map((cell) => {
          if (cell.kind === "screen") return cell;
          const { kind, label, channel, size, accessible, refrigerated } = cell;
          return { kind, label: label.trim(), channel, size, accessible, refrigerated };
        }),
      })),
    },
    email: draft.email.wanted ? { url: draft.email.url.trim(), from: draft.email.from.trim() } : null,
  };
}

/** The drawing as every other page draws a bank. Ids are a door's column and row. */
export function picture(draft: Draft): BankView {
  return {
    id: "plan",
    name: draft.bank.name,
    locked: false,
    online: true,
    lastSeen: null,
    columns: draft.bank.columns.map(({ cells }, column) =>
      cells.map((cell, row) =>
        cell.kind === "screen"
          ? { kind: "screen", units: SCREEN_UNITS }
          : {
              kind: "compartment",
              units: UNITS[cell.size],
              compartment: {
                id: `${column}.${row}`,
                bank: draft.bank.name,
                bankId: "plan",
                label: cell.label,
                size: cell.size,
                accessible: cell.accessible,
                refrigerated: cell.refrigerated,
                height: "lower",
                fitness: "inService",
                fitnessReason: null,
                occupancy: "empty",
                door: "unknown",
                doorSince: null,
                suspect: false,
                package: null,
              },
            },
      ),
    ),
  };
}

export const STEPS = ["doors", "bank", "admin", "email", "review"] as const;
export type Step = (typeof STEPS)[number];
export type Problems = Record<string, InvalidWhy>;

/** On which step a field stands. */
export function stepOf(field: string): Step {
  if (field.startsWith("admin")) return "admin";
  if (field.startsWith("email")) return "email";
  if (/^bank\.(port|baud|board|closedBit|statusOrder|driver)/u.test(field)) return "doors";
  if (field.startsWith("bank") || field === "siteName") return "bank";
  return "review";
}

/** What is plainly wrong, by the same field paths Rust uses. */
export function problems(draft: Draft): Problems {
  const found: Problems = {};
  const need = (field: string, value: string) => {
    if (!value.trim()) found[field] = "empty";
  };
  const within = (field: string, value: number, least: number, most: number) => {
    if (!Number.isInteger(value) || value < least || value > most) found[field] = "outOfRange";
  };
  within("bank.board", draft.bank.board, 1, MOST_BOARD);
  need("siteName", draft.siteName);
  need("bank.name", draft.bank.name);
  need("admin.name", draft.admin.name);
  need("admin.email", draft.admin.email);
  if ([...draft.admin.password].length < SHORTEST_PASSWORD) found["admin.password"] = "tooShort";
  if (draft.email.wanted) {
    need("email.url", draft.email.url);
    need("email.from", draft.email.from);
  }
  cells(draft.bank.columns, found, need, within);
  return found;
}

function cells(
  columns: Columns,
  found: Problems,
  need: (field: string, value: string) => void,
  within: (field: string, value: number, least: number, most: number) => void,
): void {
  if (doors(columns).length === 0) found["bank.columns"] = "empty";
  const labels = new Set<string>();
  const channels = new Set<number>();
  columns.forEach(({ cells: stacked }, column) =>
    stacked.forEach((cell, row) => {
      if (cell.kind === "screen") return;
      const path = `bank.columns.${column}.cells.${row}`;
      need(`${path}.label`, cell.label);
      within(`${path}.channel`, cell.channel, 1, MOST_CHANNELS);
      const label = cell.label.trim().toUpperCase();
      if (label && labels.has(label)) found[`${path}.label`] = "taken";
      if (channels.has(cell.channel)) found[`${path}.channel`] = "taken";
      labels.add(label);
      channels.add(cell.channel);
    }),
  );
}
