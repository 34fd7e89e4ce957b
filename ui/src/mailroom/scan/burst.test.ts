import { describe, expect, it } from "vitest";
import { Burst, type Heard } from "./burst";

function type(burst: Burst, text: string, gap: number, from = 0): Heard {
  let at = from;
  let heard: Heard = { kind: "other" };
  for (const key of text) {
    heard = burst.hear(key, at);
    at += gap;
  }
  return heard;
}

describe("Burst", () => {
  it("takes thirty characters in a hundred milliseconds and Enter for a scan", () => {
    const burst = new Burst();
    const code = "420787019400111899223397623910";
    type(burst, code, 100 / 30);
    expect(burst.hear("Enter", 103)).toEqual({ kind: "scan", text: code });
  });

  it("takes a slow wedge's 20 ms a key and a Tab for a scan", () => {
    const burst = new Burst();
    type(burst, "JD0146", 20);
    expect(burst.hear("Tab", 120)).toEqual({ kind: "scan", text: "JD0146" });
  });

  it("leaves fast hands alone", () => {
    const burst = new Burst();
    type(burst, "gutierrez", 60);
    expect(burst.hear("Enter", 9 * 60)).toEqual({ kind: "other" });
  });

  it("counts a scan from where the burst began, not from what was typed before", () => {
    const burst = new Burst();
    type(burst, "an", 200);
    type(burst, "1Z999AA10123456784", 3, 1000);
    expect(burst.hear("Enter", 1056)).toEqual({ kind: "scan", text: "1Z999AA10123456784" });
  });

  it("takes no Enter that comes a moment after the burst", () => {
    const burst = new Burst();
    type(burst, "1Z999AA1", 3);
    expect(burst.hear("Enter", 400)).toEqual({ kind: "other" });
  });

  it("ignores shift and other keys that print nothing", () => {
    const burst = new Burst();
    burst.hear("1", 0);
    burst.hear("Shift", 2);
    type(burst, "Z999A", 3, 4);
    expect(burst.hear("Enter", 22)).toEqual({ kind: "scan", text: "1Z999A" });
  });

  it("keeps no more than it must of endless noise", () => {
    const burst = new Burst();
    type(burst, "x".repeat(20_000), 1);
    const heard = burst.hear("Enter", 20_001);
    expect(heard.kind === "scan" && heard.text.length).toBe(8192);
  });

  it("says when a burst may begin and that it runs", () => {
    const burst = new Burst();
    expect(burst.hear("1", 0)).toEqual({ kind: "first" });
    expect(burst.hear("Z", 3)).toEqual({ kind: "running", length: 2 });
  });
});
