// What the packages page was last searched for, kept while one looks into a package and comes back.
import type { PackageState } from "../../../ipc/bindings";

export const search = $state<{ query: string; state: PackageState | null }>({ query: "", state: null });
