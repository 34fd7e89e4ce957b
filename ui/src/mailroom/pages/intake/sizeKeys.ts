// The letters that pick a size, with Alt anywhere on the intake page and plain while the sizes have focus.
import type { IntakeSize } from "../../../ipc/bindings";

export const SIZE_KEYS: Record<IntakeSize, string> = { S: "S", M: "M", L: "L", XL: "E", oversize: "X" };
