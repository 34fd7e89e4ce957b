import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { overwriteGetLocale } from "../paraglide/runtime";
import { story, storyDetail } from "./story";

const line = (kind: string, detail: Record<string, string> = {}) => ({ seq: 1, at: "2026-11-16T09:41:00Z", kind, who: null, detail });
const event = readFileSync(`${import.meta.dirname}/../../../src-tauri/crates/domain/src/event.rs`, "utf8");

/** The names of a Rust enum as the log writes them. */
function names(of: string): string[] {
  const body = new RegExp(`pub enum ${of} \\{([^}]*)\\}`, "u").exec(event)![1]!;
  return [...body.matchAll(/^ {4}(\w+),$/gmu)].map(([, name]) => name!.replace(/(?!^)[A-Z]/gu, (c) => `_${c}`).toLowerCase());
}

const values: [kind: string, key: string, enums: string[]][] = [
  ["opening.decided", "purpose", ["Purpose"]],
  ["opening.decided", "way", ["Way"]],
  ["opening.not_opened", "why", ["NotOpened"]],
  ["opening.unknown", "why", ["Unknown"]],
  ["package.reported", "what", ["Report"]],
  ["package.settled", "outcome", ["Outcome"]],
  ["task.raised", "what", ["TaskKind"]],
  ["alarm.raised", "alarm", ["AlarmKind"]],
  ["notice.written", "channel", ["Channel"]],
  ["override.decided", "reason", ["OverrideReason"]],
  ["override.decided", "check", ["IdentityCheck"]],
];

it.each(["en", "es"] as const)("has words for every event and value the log knows, in %s", (locale) => {
  overwriteGetLocale(() => locale);
  const kinds = [...event.matchAll(/rename = "((?:package|deposit|opening|code|notice|task|alarm|delegation|override)\.\w+)"/gu)].map(([, kind]) => kind!);
  expect(kinds.length).toBeGreaterThan(20);
  const other = story(line("future.kind"));
  expect(kinds.filter((kind) => story(line(kind)) === other)).toEqual([]);
  for (const [kind, key, enums] of values) {
    const all = enums.flatMap(names);
    expect(all.length, key).toBeGreaterThan(1);
    for (const value of all) {
      const words = storyDetail(line(kind, { [key]: value }));
      expect(words, `${kind} ${key} ${value}`).not.toBe("");
      expect(words).not.toContain("_");
    }
  }
});

it("tells the values in one line, and none that goes without saying", () => {
  overwriteGetLocale(() => "en");
  expect(storyDetail(line("opening.decided", { way: "badge", compartment: "A07", purpose: "pickup" }))).toBe("pickup · A07 · with a badge");
  expect(storyDetail(line("opening.sent", { attempt: "1" }))).toBe("");
  expect(storyDetail(line("opening.sent", { attempt: "2" }))).toBe("attempt 2");
  expect(storyDetail(line("opening.opened", { recovered: "false" }))).toBe("");
  expect(storyDetail(line("opening.answered", { opened: "false" }))).toBe("it was shut");
  expect(storyDetail(line("package.handed_over", { to: "Max Lind" }))).toBe("to Max Lind");
  expect(storyDetail(line("package.collected", { principal: "Ada Byron", compartment: "A07" }))).toBe("A07 · for Ada Byron");
  expect(storyDetail(line("delegation.given", { principal: "Ada Byron", delegate: "Max Lind" }))).toBe("Max Lind");
  expect(storyDetail(line("task.raised", { what: "wrong_door", compartment: "A02" }))).toBe("A02 · another door opened than the one asked for");
  expect(storyDetail(line("future.kind", { some: "raw_value", why: "raw_value" }))).toBe("");
});
