import { describe, expect, it } from "vitest";
import { address, parse, type Route } from "./router";

describe("router", () => {
  const routes: Route[] = [
    { page: "intake" },
    { page: "packages", id: null },
    { page: "packages", id: "0192-ab" },
    { page: "banks", compartment: null },
    { page: "banks", compartment: "c/1 ü" },
    { page: "tasks" },
    { page: "people", id: "new" },
    { page: "settings" },
    { page: "notices" },
    { page: "channels" },
    { page: "templates" },
    { page: "virtual" },
  ];
  it.each(routes)("reads back what it wrote: %j", (route) => {
    expect(parse(address(route))).toEqual(route);
  });
  it.each(["", "#", "#/", "#/nowhere/5", "#/%E0%A4%A"])("leads %j to the intake", (hash) => {
    expect(parse(hash)).toEqual({ page: "intake" });
  });
});
