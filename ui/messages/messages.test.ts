// Every locale has every key with the same inputs, no key stands in two files, and the compiled messages
// hold them all: Paraglide reports success even when it found none.
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as compiled from "../src/paraglide/messages";

const here = import.meta.dirname;
const folders = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
const locales = ["en", "es"] as const;

function read(folder: string, locale: string): Map<string, string> {
  const all = JSON.parse(readFileSync(`${here}/${folder}/${locale}.json`, "utf8")) as Record<string, unknown>;
  return new Map(Object.entries(all).filter(([key]) => key !== "$schema").map(([key, value]) => [key, JSON.stringify(value)]));
}
const inputs = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();

it.each(folders)("%s says everything in every language", (folder) => {
  const [base, ...others] = locales.map((locale) => read(folder, locale));
  for (const other of others) {
    expect([...other.keys()].sort()).toEqual([...base!.keys()].sort());
    for (const [key, text] of other) expect(inputs(text), key).toEqual(inputs(base!.get(key)!));
  }
});

it("has each key in one file, and compiled", () => {
  const keys = folders.flatMap((folder) => [...read(folder, "en").keys()]);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => !(key in compiled))).toEqual([]);
});
