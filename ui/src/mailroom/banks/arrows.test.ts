import { describe, expect, it } from "vitest";
import { towards } from "./arrows";

describe("towards", () => {
  const grid = [
    { x: 0, y: 0 },
    { x: 100, y: 10 },
    { x: 0, y: 100 },
    { x: 100, y: 130 },
  ];
  it("goes to the nearest that lies that way", () => {
    expect(towards(grid[0]!, grid, [1, 0])).toBe(1);
    expect(towards(grid[0]!, grid, [0, 1])).toBe(2);
    expect(towards(grid[3]!, grid, [-1, 0])).toBe(2);
  });
  it("stays at the edge", () => {
    expect(towards(grid[0]!, grid, [-1, 0])).toBeNull();
  });
});
