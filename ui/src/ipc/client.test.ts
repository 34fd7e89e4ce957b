import { emit } from "@tauri-apps/api/event";
import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, it, vi } from "vitest";
import { call, Failure, onBadgeRefused, onChanged } from "./client";
import { Live } from "./live.svelte";

afterEach(() => clearMocks());

it("gives the data, and throws the API's own error", async () => {
  mockIPC((command, args) => {
    if (command === "kiosk_try_again") return args;
    throw { code: "throttled", seconds: 30 };
  });
  await expect(call((api) => api.kioskTryAgain("o-1"))).resolves.toEqual({ opening: "o-1" });
  const thrown = await call((api) => api.kioskEnterCode("12345678")).catch((e: unknown) => e);
  expect(thrown).toBeInstanceOf(Failure);
  expect((thrown as Failure).error).toEqual({ code: "throttled", seconds: 30 });
});

it("makes an internal failure of anything unforeseen", async () => {
  mockIPC(() => {
    throw new TypeError("gone");
  });
  await expect(call((api) => api.kioskState())).rejects.toMatchObject({ error: { code: "internal" } });
});

it("hears the topics asked for, and nothing once stopped", async () => {
  mockIPC(() => null, { shouldMockEvents: true });
  const heard = vi.fn();
  const stop = onChanged(["banks"], heard);
  await emit("changed", { topics: ["people"] });
  expect(heard).not.toHaveBeenCalled();
  await emit("changed", { topics: ["people", "banks"] });
  expect(heard).toHaveBeenCalledOnce();
  stop();
  await emit("changed", { topics: ["banks"] });
  expect(heard).toHaveBeenCalledOnce();
});

it("hears a badge refused at the kiosk's own reader", async () => {
  mockIPC(() => null, { shouldMockEvents: true });
  const heard = vi.fn();
  const stop = onBadgeRefused(heard);
  await emit("badge-refused", {});
  expect(heard).toHaveBeenCalledOnce();
  stop();
  await emit("badge-refused", {});
  expect(heard).toHaveBeenCalledOnce();
});

it("lets no late answer overwrite a newer one", async () => {
  const answers: ((value: number) => void)[] = [];
  const it = new Live(() => new Promise<number>((done) => answers.push(done)));
  const first = it.refresh();
  const second = it.refresh();
  answers[1]!(2);
  await second;
  answers[0]!(1);
  await first;
  expect(it.data).toBe(2);
  const third = it.refresh();
  it.put(7);
  answers[2]!(3);
  await third;
  expect(it.data).toBe(7);
});
