// Changes to a bank's drawing: each takes columns and gives new ones, renumbered. Pure; what is chosen is the page's.
import { number, type Cell, type Columns, type Door } from "./plan";
import type { Size } from "../../../ipc/bindings";

export type Spot = { column: number; row: number };

export const spotOf = (id: string): Spot => {
  const [column = 0, row = 0] = id.split(".").map(Number);
  return { column, row };
};

const fresh = (size: Size): Door => ({
  kind: "compartment",
  label: "",
  channel: 0,
  size,
  accessible: false,
  refrigerated: false,
  own: false,
});

function inColumn(columns: Columns, column: number, change: (cells: Cell[]) => Cell[]): Columns {
  return number(columns.map((one, at) => (at === column ? { cells: change(one.cells) } : one)));
}

export const addDoor = (columns: Columns, column: number, size: Size): Columns =>
  inColumn(columns, column, (cells) => [...cells, fresh(size)]);

export const addColumn = (columns: Columns): Columns => number([...columns, { cells: [fresh("S"), fresh("M")] }]);

export const removeColumn = (columns: Columns, column: number): Columns =>
  number(columns.filter((_, at) => at !== column));

export const removeCell = (columns: Columns, { column, row }: Spot): Columns =>
  inColumn(columns, column, (cells) => cells.filter((_, at) => at !== row));

export function changeDoor(columns: Columns, { column, row }: Spot, change: Partial<Door>): Columns {
  return inColumn(columns, column, (cells) =>
    cells.map((cell, at) => (at === row && cell.kind === "compartment" ? { ...cell, ...change } : cell)),
  );
}

/** Up (-1) or down (+1) in its column; at the end it stays where it is. */
export function moveCell(columns: Columns, { column, row }: Spot, by: -1 | 1): Columns {
  return inColumn(columns, column, (cells) => {
    const to = row + by;
    if (to < 0 || to >= cells.length) return cells;
    const moved = [...cells];
    [moved[row], moved[to]] = [moved[to]!, moved[row]!];
    return moved;
  });
}

/** There is one screen at most: placing it takes it away from where it was. Null takes it out. */
export function placeScreen(columns: Columns, column: number | null): Columns {
  const without = columns.map(({ cells }) => ({ cells: cells.filter((cell) => cell.kind !== "screen") }));
  if (column === null) return number(without);
  return inColumn(without, column, (cells) => {
    const middle = Math.floor(cells.length / 2);
    return [...cells.slice(0, middle), { kind: "screen" }, ...cells.slice(middle)];
  });
}

export const screenColumn = (columns: Columns): number | null => {
  const at = columns.findIndex(({ cells }) => cells.some((cell) => cell.kind === "screen"));
  return at < 0 ? null : at;
};
