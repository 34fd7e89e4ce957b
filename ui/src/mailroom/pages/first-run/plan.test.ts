import { describe, expect, it } from "vitest";
import { addColumn, addDoor, changeDoor, moveCell, placeScreen, removeCell, screenColumn } from "./drawing";
import { blank, doors, LAYOUTS, number, plan, problems, stepOf, type Draft } from "./plan";

function full(): Draft {
  const draft = blank();
  draft.siteName = " Head office ";
  draft.bank.name = "Lobby";
  draft.admin = { name: "Ada", email: "ada@example.com", password: "rowing past nine herons" };
  return draft;
}

describe("numbering", () => {
  it.each(Object.entries(LAYOUTS))("gives the layout %s labels and channels without a double", (_, layout) => {
    const all = doors(layout());
    expect(new Set(all.map((door) => door.label)).size).toBe(all.length);
    expect(all.map((door) => door.channel)).toEqual(all.map((_, at) => at + 1));
    expect(all[0]?.label).toBe("A01");
  });
  it("leaves what was written by hand alone", () => {
    const columns = changeDoor(LAYOUTS.small(), { column: 0, row: 1 }, { label: "Post", channel: 40, own: true });
    expect(doors(addColumn(columns))[1]).toMatchObject({ label: "Post", channel: 40 });
  });
  it("goes on after column Z", () => {
    const columns = number(Array.from({ length: 28 }, () => LAYOUTS.small()[0]!));
    expect(doors(columns).at(-1)?.label).toBe("AB04");
  });
});

describe("layouts", () => {
  it.each(Object.entries(LAYOUTS))("give %s some doors to reach sitting, and not all", (_, layout) => {
    const within = doors(layout()).filter((door) => door.accessible).length;
    expect(within).toBeGreaterThan(0);
    expect(within).toBeLessThan(doors(layout()).length / 2 + 1);
  });
});

describe("drawing", () => {
  it("adds, moves and removes doors", () => {
    const start = LAYOUTS.small();
    expect(doors(addDoor(start, 0, "XL")).length).toBe(doors(start).length + 1);
    expect(moveCell(start, { column: 0, row: 0 }, -1)).toEqual(start);
    const moved = moveCell(start, { column: 0, row: 1 }, 1)[0]!.cells;
    expect(moved.map((cell) => cell.kind === "compartment" && cell.size)).toEqual(["S", "M", "S", "M"]);
    expect(removeCell(start, { column: 0, row: 0 })[0]!.cells).toHaveLength(3);
  });
  it("has one screen at most", () => {
    const placed = placeScreen(LAYOUTS.lobby(), 3);
    expect(screenColumn(placed)).toBe(3);
    expect(placed.flatMap(({ cells }) => cells).filter((cell) => cell.kind === "screen")).toHaveLength(1);
    expect(screenColumn(placeScreen(placed, null))).toBeNull();
  });
});

describe("problems", () => {
  it("finds nothing in a full plan", () => {
    expect(problems(full())).toEqual({});
  });
  it("names what is missing by Rust's own field paths", () => {
    expect(problems(blank())).toEqual({
      siteName: "empty",
      "bank.name": "empty",
      "admin.name": "empty",
      "admin.email": "empty",
      "admin.password": "tooShort",
    });
  });
  it("finds doubles and channels no board has", () => {
    const draft = full();
    draft.bank.columns = changeDoor(draft.bank.columns, { column: 0, row: 1 }, { label: "a01", channel: 99, own: true });
    expect(problems(draft)).toEqual({
      "bank.columns.0.cells.1.label": "taken",
      "bank.columns.0.cells.1.channel": "outOfRange",
    });
  });
  it("asks for the mail server only when mail is wanted, and for at least one door", () => {
    const draft = full();
    draft.email.wanted = true;
    draft.bank.columns = [];
    expect(problems(draft)).toEqual({ "email.url": "empty", "email.from": "empty", "bank.columns": "empty" });
  });
  it("knows on which step a field stands", () => {
    expect(["siteName", "bank.columns.0.cells.2.channel", "bank.port", "admin.password", "email.from", "other"].map(stepOf)).toEqual(
      ["bank", "bank", "doors", "admin", "email", "review"],
    );
  });
});

describe("plan", () => {
  it("sends nothing of the form's own", () => {
    const sent = plan(full());
    expect(sent.siteName).toBe("Head office");
    expect(sent.email).toBeNull();
    expect(sent.bank.columns[0]?.cells[0]).toEqual({
      kind: "compartment",
      label: "A01",
      channel: 1,
      size: "S",
      accessible: false,
      refrigerated: false,
    });
  });
});
