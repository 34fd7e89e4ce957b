// How a list is to be read, as the clerk says it: what is left out is found out.
import type { ImportOptions } from "../../../../ipc/bindings";

export type Options = ImportOptions;

export const options = (): Options => ({ encoding: null, columns: {}, leavers: false, manyLeavers: false });
