//! Badge numbers typed by a reader that plays a keyboard, out of boot-keyboard reports (hardware.md
//! 3.3). Pure. Usages are key positions, so the text does not depend on the system's layout; it is the
//! one of a US keyboard.

use std::time::{Duration, Instant};

use super::LONGEST;

/// Silence that ends a badge which has no Enter behind it.
const SILENCE: Duration = Duration::from_millis(100);
const SHIFT: u8 = 0x22;
const ROLLOVER: u8 = 0x01;
const FIRST_KEY: u8 = 0x04;

/// Turns reports into readings.
#[derive(Debug, Default)]
pub struct KeyboardDecoder {
    text: String,
    held: Vec<u8>,
    last: Option<Instant>,
}

enum Key {
    Char(char),
    End,
    Other,
}

impl KeyboardDecoder {
    /// Takes one report `MOD 00 K1..K6`, with or without a report id in front, received at `at`.
    /// Gives a reading when it ends here, or when one ended by silence before this report.
    pub fn push(&mut self, report: &[u8], at: Instant) -> Option<String> {
        let (modifiers, keys) = match report {
            [modifiers, 0, keys @ ..] if keys.len() == 6 => (*modifiers, keys),
            [_, modifiers, 0, keys @ ..] if keys.len() == 6 => (*modifiers, keys),
            _ => return None,
        };
        if keys.contains(&ROLLOVER) {
            return None;
        }
        let mut reading = self.silence(at);
        self.last = Some(at);
        let held = std::mem::replace(&mut self.held, keys.to_vec());
        for &usage in keys.iter().filter(|key| **key >= FIRST_KEY && !held.contains(key)) {
            match key(usage, modifiers & SHIFT != 0) {
                Key::Char(c) if self.text.len() <= LONGEST => self.text.push(c),
                // With one reading to give already, this one ends by silence.
                Key::End if reading.is_none() => reading = self.finish(),
                _ => {}
            }
        }
        reading
    }

    /// Gives what was typed if nothing came for 100 ms before `now`.
    pub fn silence(&mut self, now: Instant) -> Option<String> {
        let last = self.last?;
        (now.saturating_duration_since(last) >= SILENCE).then(|| self.finish()).flatten()
    }

    fn finish(&mut self) -> Option<String> {
        let text = std::mem::take(&mut self.text);
        (!text.is_empty() && text.len() <= LONGEST).then_some(text)
    }
}

/// HID usage page 07 on a US layout.
fn key(usage: u8, shift: bool) -> Key {
    const PLAIN: &[u8] = b"1234567890";
    const SHIFTED: &[u8] = b"!@#$%^&*()";
    let digit = |first: u8, table: &[u8]| table.get(usize::from(usage - first)).map(|&c| char::from(c));
    let pick = |plain, shifted| Some(if shift { shifted } else { plain });
    let found = match usage {
        0x04..=0x1D => {
            let letter = char::from(b'a' + (usage - 0x04));
            pick(letter, letter.to_ascii_uppercase())
        }
        0x1E..=0x27 => digit(0x1E, if shift { SHIFTED } else { PLAIN }),
        0x59..=0x62 => digit(0x59, PLAIN),
        0x28 | 0x2B | 0x58 => return Key::End,
        0x2C => Some(' '),
        0x2D => pick('-', '_'),
        0x2E => pick('=', '+'),
        0x2F => pick('[', '{'),
        0x30 => pick(']', '}'),
        0x31 => pick('\\', '|'),
        0x33 => pick(';', ':'),
        0x34 => pick('\'', '"'),
        0x35 => pick('`', '~'),
        0x36 => pick(',', '<'),
        0x37 => pick('.', '>'),
        0x38 => pick('/', '?'),
        0x54 => Some('/'),
        0x55 => Some('*'),
        0x56 => Some('-'),
        0x57 => Some('+'),
        0x63 => Some('.'),
        _ => None,
    };
    found.map_or(Key::Other, Key::Char)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: [u8; 8] = [0; 8];

    fn press(modifiers: u8, usage: u8) -> [u8; 8] {
        [modifiers, 0, usage, 0, 0, 0, 0, 0]
    }

    /// Types keys, each followed by a release, 5 ms apart.
    fn typed(keys: &[(u8, u8)]) -> Option<String> {
        let mut decoder = KeyboardDecoder::default();
        let mut at = Instant::now();
        let mut reading = None;
        for &(modifiers, usage) in keys {
            for report in [press(modifiers, usage), RELEASE] {
                at += Duration::from_millis(5);
                reading = reading.or(decoder.push(&report, at));
            }
        }
        reading
    }

    #[test]
    fn the_vector_of_hardware_md() {
        let usages = [0x27, 0x27, 0x21, 0x27, 0x25, 0x22, 0x23, 0x23, 0x20, 0x21, 0x28];
        assert_eq!(typed(&usages.map(|usage| (0, usage))).as_deref(), Some("0040856634"));
    }

    #[test]
    fn keypad_digits_and_keypad_enter() {
        let usages = [0x59, 0x62, 0x61, 0x58];
        assert_eq!(typed(&usages.map(|usage| (0, usage))).as_deref(), Some("109"));
    }

    #[test]
    fn either_shift_makes_capitals_and_tab_ends() {
        let keys = [(0x02, 0x04), (0x20, 0x05), (0, 0x06), (0x02, 0x2D), (0, 0x2B)];
        assert_eq!(typed(&keys).as_deref(), Some("ABc_"));
    }

    #[test]
    fn a_key_held_counts_once_and_another_needs_no_release() {
        let now = Instant::now();
        let mut decoder = KeyboardDecoder::default();
        for usage in [0x1E, 0x1E, 0x1E, 0x1F] {
            assert_eq!(decoder.push(&press(0, usage), now), None);
        }
        assert_eq!(decoder.push(&press(0, 0x28), now).as_deref(), Some("12"));
    }

    #[test]
    fn rollover_is_discarded_and_does_not_release_keys() {
        let now = Instant::now();
        let mut decoder = KeyboardDecoder::default();
        decoder.push(&press(0, 0x1E), now);
        decoder.push(&[0, 0, 1, 1, 1, 1, 1, 1], now);
        decoder.push(&press(0, 0x1E), now);
        assert_eq!(decoder.push(&press(0, 0x28), now).as_deref(), Some("1"));
    }

    #[test]
    fn a_report_id_in_front_is_tolerated_and_other_reports_are_not_keys() {
        let now = Instant::now();
        let mut decoder = KeyboardDecoder::default();
        decoder.push(&[1, 0, 0, 0x1E, 0, 0, 0, 0, 0], now);
        decoder.push(&[2, 0, 0x1F], now);
        decoder.push(&[], now);
        assert_eq!(decoder.push(&[1, 0, 0, 0x28, 0, 0, 0, 0, 0], now).as_deref(), Some("1"));
    }

    #[test]
    fn silence_ends_a_badge_without_enter() {
        let now = Instant::now();
        let mut decoder = KeyboardDecoder::default();
        decoder.push(&press(0, 0x1E), now);
        assert_eq!(decoder.silence(now + Duration::from_millis(99)), None);
        assert_eq!(decoder.silence(now + Duration::from_millis(100)).as_deref(), Some("1"));
        assert_eq!(decoder.silence(now + Duration::from_secs(1)), None);
    }

    #[test]
    fn the_next_badge_ends_one_that_fell_silent() {
        let now = Instant::now();
        let mut decoder = KeyboardDecoder::default();
        decoder.push(&press(0, 0x1E), now);
        decoder.push(&RELEASE, now);
        let later = now + Duration::from_millis(500);
        assert_eq!(decoder.push(&press(0, 0x1F), later).as_deref(), Some("1"));
        assert_eq!(decoder.push(&press(0, 0x28), later).as_deref(), Some("2"));
    }

    #[test]
    fn enter_alone_is_no_reading() {
        assert_eq!(typed(&[(0, 0x28), (0, 0x58)]), None);
    }
}
