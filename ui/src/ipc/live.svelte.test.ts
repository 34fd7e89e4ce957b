import { expect, test } from "vitest";
import { Live } from "./live.svelte";

/** A query whose answers are given by hand, in any order. */
function byHand() {
  const asked: ((state: string) => void)[] = [];
  const it = new Live(() => new Promise<string>((answer) => asked.push(answer)));
  return { it, asked };
}

const settled = () => new Promise((done) => setTimeout(done));

test("a late answer never overwrites a newer one", async () => {
  const { it, asked } = byHand();
  void it.refresh();
  void it.refresh();
  asked[1]!("new");
  await settled();
  asked[0]!("old");
  await settled();
  expect(it.data).toBe("new");
});

test("what a command answers is not kept over what changed while it was answering", async () => {
  const { it, asked } = byHand();
  // The command has been done, and its answer is on its way: the door is "opening". Then the door opens.
  void it.refresh();
  it.put("opening");
  expect(it.data).toBe("opening");
  asked[0]!("open");
  await settled();
  asked[1]?.("open");
  await settled();
  expect(it.data).toBe("open");
});

test("a command's answer is not overwritten by what was asked before it", async () => {
  const { it, asked } = byHand();
  void it.refresh();
  it.put("thanks");
  asked[0]!("pickup");
  await settled();
  expect(it.data).toBe("thanks");
});

test("what a command answers late does not stay over what was shown before it came", async () => {
  const { it, asked } = byHand();
  void it.refresh();
  asked[0]!("open");
  await settled();
  it.put("opening");
  asked[1]!("open");
  await settled();
  expect(it.data).toBe("open");
});
