import { fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import Chips from "./Chips.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function chips() {
  const onchoose = vi.fn();
  const options = [{ value: "S", text: "Small", key: "S" }, { value: "M", text: "Medium", key: "M" }];
  render(Chips<string>, { label: "Size", options, chosen: ["S"], onchoose });
  const small = screen.getByRole("radio", { name: /Small/ });
  small.focus();
  return { onchoose, key: (key: string) => fireEvent.keyDown(small, { key }) };
}

it("picks by a letter struck alone, after a moment or with Enter", async () => {
  const { onchoose, key } = chips();
  await key("m");
  expect(onchoose).not.toHaveBeenCalled();
  vi.advanceTimersByTime(80);
  expect(onchoose).toHaveBeenLastCalledWith(["M"]);
  vi.advanceTimersByTime(500);
  await key("s");
  await key("Enter");
  expect(onchoose).toHaveBeenLastCalledWith(["S"]);
});

it("picks nothing from a scanner's burst, whichever letter it begins with", async () => {
  const { onchoose, key } = chips();
  for (const one of "M1Z999S") await key(one);
  vi.advanceTimersByTime(200);
  await key("Enter");
  expect(onchoose).not.toHaveBeenCalled();
});
