import { expect, test } from "vitest";
import { beginOf, endOf, inDays } from "./dates";

test("until a day means that day too", () => {
  const begin = new Date(beginOf("2026-11-27"));
  const end = new Date(endOf("2026-11-27"));
  expect([begin.getDate(), begin.getHours(), end.getDate(), end.getHours()]).toEqual([27, 0, 28, 0]);
});

test("a month's end is walked over", () => {
  expect(new Date(endOf("2026-12-31")).getFullYear()).toBe(2027);
  expect(inDays(0)).toMatch(/^\d{4}-\d\d-\d\d$/u);
});
