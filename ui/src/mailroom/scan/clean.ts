// What a scan looks like once it is fit to show and to send. Never guesses at carriers: that is Rust's.

/** No label code in use is longer; Rust refuses far sooner, and says so. */
export const LONGEST_SENT = 1024;

const FRAME = /^\](?:[A-Za-z][0-9A-Za-z])/u;

/** Takes out control characters, the scanner's own AIM prefix and the blanks around. */
export function clean(text: string): string {
  return text
    .replace(/\p{Cc}|\p{Cf}|\uFFFD/gu, " ")
    .replace(/\s+/gu, " ")
    .trim()
    .replace(FRAME, "")
    .slice(0, LONGEST_SENT);
}
