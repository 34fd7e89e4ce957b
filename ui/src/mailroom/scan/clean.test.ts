import { describe, expect, it } from "vitest";
import { clean } from "./clean";

describe("clean", () => {
  it("takes out control characters and blanks around", () => {
    expect(clean("\u0002 1Z999\u001D AA1\u0000\r\n")).toBe("1Z999 AA1");
  });
  it("takes off the scanner's AIM prefix", () => {
    expect(clean("]C11Z999AA1")).toBe("1Z999AA1");
  });
  it("leaves other scripts as they are, and is never longer than what is sent", () => {
    expect(clean("包裹 42")).toBe("包裹 42");
    expect(clean("7".repeat(4096))).toHaveLength(1024);
  });
});
