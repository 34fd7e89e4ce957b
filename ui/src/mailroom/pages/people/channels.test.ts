import { expect, it } from "vitest";
import { known, nameOfChannel, orderOf, textOf, toAdd } from "./channels";

it("reads an order and writes it back", () => {
  expect(orderOf("sms, email")).toEqual(["sms", "email"]);
  expect(textOf(orderOf("sms, email"))).toBe("sms, email");
  expect(orderOf(null)).toEqual([]);
  expect(textOf([])).toBeNull();
});

it("keeps what it does not know as it was written", () => {
  const order = orderOf("Pager 7, SMS");
  expect(order).toEqual(["Pager 7", "SMS"]);
  expect(known("Pager 7")).toBeNull();
  expect(nameOfChannel("Pager 7")).toBe("Pager 7");
  expect(textOf([...order].reverse())).toBe("SMS, Pager 7");
});

it("offers what is not there yet, however that is written, and never the mailroom's own screen", () => {
  expect(toAdd(orderOf("SMS, Pager 7"))).toEqual(["email", "slack", "teams", "webhook"]);
});
