// Somebody's own order of channels, as it stands in the directory: names in a row, "sms, email". Pure. What is not
// known there stays as it was written.
import type { ChannelName } from "../../../ipc/bindings";
import { CHANNELS, channel as words } from "../../words";

export const orderOf = (text: string | null): string[] => [...new Set((text ?? "").split(/[,;]/u).map((one) => one.trim()).filter(Boolean))];
export const textOf = (order: readonly string[]): string | null => order.join(", ") || null;

export const known = (name: string): ChannelName | null => CHANNELS.find((one) => one === name.toLowerCase()) ?? null;
/** In words; what is not known, as it is written. */
export function nameOfChannel(name: string): string {
  const channel = known(name);
  return channel === null ? name : words(channel);
}

/** What may be added: all that reaches people, and is not there yet. The mailroom's screen is staff's. */
export const toAdd = (order: readonly string[]): ChannelName[] => CHANNELS.filter((one) => one !== "desktop" && !order.some((name) => known(name) === one));
