// Why a device does not work, in words that say what to do about it. Exhaustive, and wording only by messages/.
import type { DeviceHealth } from "../../../ipc/bindings";
import { m } from "../../../paraglide/messages";
import { language } from "../../../parts/language.svelte";
import { saidFirst } from "../../words";

type Why = NonNullable<DeviceHealth["why"]>;
type Of<C extends Why["code"]> = Extract<Why, { code: C }>;

const mebibytes = (n: number) =>
  new Intl.NumberFormat(language.current, { style: "unit", unit: "megabyte", maximumFractionDigits: 0 }).format(n);

const whys: { [C in Why["code"]]: (why: Of<C>) => string } = {
  connecting: () => m.device_why_connecting(),
  missing: m.device_why_missing,
  notPermitted: ({ device, group }) => (group === null ? m.device_why_not_permitted({ device }) : m.device_why_not_in_group({ device, group })),
  inUse: m.device_why_in_use,
  unplugged: m.device_why_unplugged,
  timedOut: m.device_why_timed_out,
  failed: m.device_why_failed,
  silent: m.device_why_silent,
  otherAddress: m.device_why_other_address,
  tooFewChannels: m.device_why_few_channels,
  noSuchChannel: m.device_why_no_channel,
  exchanged: m.device_why_exchanged,
  doorsUnlikely: () => m.device_why_doors_unlikely(),
  diskFailed: m.device_why_disk_failed,
  diskLow: ({ freeMebibytes }) => m.device_why_disk_low({ free: mebibytes(freeMebibytes) }),
  channel: ({ says }) => saidFirst(says),
};

export const deviceWhy = (why: Why): string => (whys[why.code] as (why: Why) => string)(why);
