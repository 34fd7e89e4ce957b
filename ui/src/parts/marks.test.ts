import { describe, expect, it } from "vitest";
import { marks } from "./marks";

const shown = (text: string, query: string) => marks(text, query).map(({ text, hit }) => (hit ? `[${text}]` : text)).join("");

describe("marks", () => {
  it("finds letters whatever their accents and case", () => {
    expect(shown("Anna Gutiérrez", "GUTIERREZ")).toBe("Anna [Gutiérrez]");
    expect(shown("Łukasz Żółkiewski", "zo")).toBe("Łukasz [Żó]łkiewski");
  });
  it("marks each word once, in other scripts too", () => {
    expect(shown("Joanne Petrov", "pe ann")).toBe("Jo[ann]e [Pe]trov");
    expect(shown("王小明", "小")).toBe("王[小]明");
  });
  it("marks nothing without a hit", () => {
    expect(shown("Sam", "x")).toBe("Sam");
    expect(shown("Sam", " ")).toBe("Sam");
  });
});
