// What was just done, said once and quietly. A toast never asks and is never the only place where a thing is told.

export type Tone = "good" | "bad";
export type Toast = { id: number; text: string; tone: Tone };

const SHOWN_MS = { good: 5_000, bad: 12_000 } as const;

let next = 0;
export const toasts = $state<Toast[]>([]);

export function say(text: string, tone: Tone = "good"): void {
  const id = next++;
  toasts.push({ id, text, tone });
  if (toasts.length > 3) toasts.shift();
  setTimeout(() => dismiss(id), SHOWN_MS[tone]);
}

export function dismiss(id: number): void {
  const at = toasts.findIndex((toast) => toast.id === id);
  if (at >= 0) toasts.splice(at, 1);
}
