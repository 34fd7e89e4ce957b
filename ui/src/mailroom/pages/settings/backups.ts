// Why there is no new backup, in words that say what to do about it. Exhaustive, and wording only by messages/.
import type { Health } from "../../../ipc/bindings";
import { m } from "../../../paraglide/messages";

type Why = NonNullable<Health["backup"]["why"]>;
type Of<C extends Why["code"]> = Extract<Why, { code: C }>;

const whys: { [C in Why["code"]]: (why: Of<C>) => string } = {
  plan: m.backup_why_plan,
  recipient: () => m.backup_why_recipient(),
  underWay: () => m.backup_why_under_way(),
  diskLow: () => m.backup_why_disk_low(),
  folder: m.backup_why_folder,
  folderFull: m.backup_why_folder_full,
  notWhole: m.backup_why_not_whole,
  cancelled: () => m.backup_why_cancelled(),
  failed: ({ says }) => says,
};

export const backupWhy = (why: Why): string => (whys[why.code] as (why: Why) => string)(why);
