import { fireEvent, render, screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import { bank, compartment } from "./fixtures";
import Bank from "./Bank.svelte";
import { look, placeWords, side } from "./bank";

describe("the picture", () => {
  it("names every compartment with its state, and the screen", () => {
    render(Bank, { bank: bank("open") });
    expect(screen.getByRole("group", { name: "Lobby" })).toBeInTheDocument();
    expect(screen.getByRole("img", { name: "A02, door open" })).toHaveClass("open");
    expect(screen.getByRole("img", { name: "A01, free" })).toBeInTheDocument();
    expect(screen.getByRole("img", { name: "You are here" })).toBeInTheDocument();
  });

  it("gives a cell its share of the height", () => {
    render(Bank, { bank: bank() });
    expect(screen.getByRole("img", { name: "You are here" }).style.flexGrow).toBe("2");
  });

  it("tells a recipient nothing of the other compartments", () => {
    const view = bank();
    const cell = view.columns[0]![0]!;
    if (cell.kind === "compartment") Object.assign(cell.compartment, { occupancy: "holding", suspect: true });
    render(Bank, { bank: view, quiet: true, selected: "c-A02" });
    expect(screen.getByRole("img", { name: "A01" })).toHaveClass("free");
    expect(screen.getByRole("img", { name: "A02, this is your door" })).toHaveClass("selected");
  });

  it("reports a pick", async () => {
    const onpick = vi.fn();
    render(Bank, { bank: bank(), onpick });
    await fireEvent.click(screen.getByRole("button", { name: "C01, free" }));
    expect(onpick.mock.calls[0]?.[0]).toMatchObject({ label: "C01" });
  });
});

describe("the state drawn", () => {
  it("puts what needs a person before what is merely so", () => {
    expect(look(compartment("A", { door: "open", fitness: "outOfService" }))).toBe("open");
    expect(look(compartment("A", { fitness: "outOfService", occupancy: "holding" }))).toBe("off");
    expect(look(compartment("A", { suspect: true, occupancy: "holding" }))).toBe("alarm");
    expect(look(compartment("A", { occupancy: "holding" }))).toBe("held");
    expect(look(compartment("A", { occupancy: "reserved" }))).toBe("reserved");
    expect(look(compartment("A"))).toBe("free");
  });
});

describe("where a door is", () => {
  it("is told from the screen", () => {
    expect(side(bank(), "c-A02")).toEqual({ kind: "left", next: true });
    expect(side(bank(), "c-D02")).toEqual({ kind: "right", next: false });
    expect(side(bank(), "c-B01")).toEqual({ kind: "above" });
    expect(side(bank(), "c-B02")).toEqual({ kind: "below" });
    expect(placeWords(bank(), "c-D02", "lower")).toBe("Lower half, right of the screen");
  });

  it("is counted from the left where there is no screen, and only the row where there is no picture", () => {
    const plain = { ...bank(), columns: bank().columns.filter((cells) => cells.every((cell) => cell.kind === "compartment")) };
    expect(side(plain, "c-C01")).toEqual({ kind: "column", number: 2, of: 3 });
    expect(placeWords(undefined, "c-C01", "top")).toBe("Top row");
  });
});
