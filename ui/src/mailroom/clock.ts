// The time as screens show it: ticks once a second while somebody looks. Nothing is decided by it: deadlines are Rust's.
import { createSubscriber } from "svelte/reactivity";
import { m } from "../paraglide/messages";
import { language } from "../parts/language.svelte";

const ticking = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** Milliseconds now; what reads it is drawn again each second. */
export function now(): number {
  ticking();
  return Date.now();
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "4 min", "73 h", "9 days": how long ago, or how long until, in one unit. */
export function span(ms: number): string {
  const long = Math.abs(ms);
  if (long < MINUTE) return m.span_now();
  if (long < HOUR) return m.span_minutes({ n: Math.floor(long / MINUTE) });
  if (long < 4 * DAY) return m.span_hours({ n: Math.floor(long / HOUR) });
  return m.span_days({ n: Math.floor(long / DAY) });
}

export function age(at: string): string {
  return span(now() - Date.parse(at));
}

/** How long it has been so, in a sentence: what has only begun has no length yet. */
export function since(at: string, words: (told: string) => string): string {
  const long = now() - Date.parse(at);
  return long < MINUTE ? m.span_now() : words(span(long));
}

/** Seconds as a running clock: "0:12". */
export function counting(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function format(at: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language.current, { hourCycle: "h23", ...options }).format(new Date(at));
}

export function time(at: string): string {
  return format(at, { hour: "2-digit", minute: "2-digit" });
}

export function exact(at: string): string {
  return format(at, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** Time alone today, else day and time. */
export function when(at: string): string {
  const sameDay = new Date(at).toDateString() === new Date(now()).toDateString();
  return sameDay ? time(at) : format(at, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

export function day(at: string): string {
  return format(at, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}
