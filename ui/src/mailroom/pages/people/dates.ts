// Days as a date field holds them, and the moments they begin and end at here.

const two = (n: number) => String(n).padStart(2, "0");

/** So many days from today, for a date field. */
export function inDays(days: number): string {
  const at = new Date();
  at.setDate(at.getDate() + days);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The first moment of that day. */
export const beginOf = (date: string): string => new Date(`${date}T00:00:00`).toISOString();

/** Its last: "until Friday" means Friday too. */
export function endOf(date: string): string {
  const at = new Date(`${date}T00:00:00`);
  at.setDate(at.getDate() + 1);
  return at.toISOString();
}
