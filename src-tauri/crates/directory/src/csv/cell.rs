//! What a spreadsheet made of a value: undone where that is certain, refused where it is not.

use crate::{Fault, Target};
use domain::directory::Field;
use std::borrow::Cow;

/// Digits a spreadsheet keeps of a number.
const DIGITS_KEPT: usize = 15;
/// So many zeros at the end of a longer number are no chance.
const ZEROS_TOLD: usize = 3;

/// The value as it was typed.
pub(super) fn unspoilt(target: Target, cell: &str) -> Result<Cow<'_, str>, Fault> {
    let cell = cell.trim();
    // A plain value is by far the most frequent.
    let odd = |b: u8| matches!(b, b'\'' | b'=' | b'+' | b'-' | b'@' | b'#');
    let number = is_number(target);
    if !number && !cell.bytes().next().is_some_and(odd) {
        return Ok(Cow::Borrowed(cell));
    }
    if is_error(cell) {
        return Err(Fault::SpreadsheetError);
    }
    let bare = unmarked(target, cell);
    if begins_formula(target, bare) {
        return Err(Fault::Formula);
    }
    if number && bare.split([';', '|', '\n']).any(|value| rounded(value.trim())) {
        return Err(Fault::Rounded);
    }
    Ok(Cow::Borrowed(bare))
}

/// Columns of numbers that name something and count nothing.
fn is_number(target: Target) -> bool {
    matches!(
        target,
        Target::ExternalId | Target::Reference | Target::Field(Field::Badges | Field::Phone | Field::Manager)
    )
}

/// Without the marks that say "this is text": a leading `'`, or `="…"` around it.
fn unmarked(target: Target, cell: &str) -> &str {
    if let Some(inner) = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'))
        && !inner.contains('"')
    {
        return inner;
    }
    match cell.strip_prefix('\'') {
        // 't Hooft is a name.
        Some(rest) if is_number(target) || rest.starts_with(|c: char| !c.is_alphabetic()) => rest,
        _ => cell,
    }
}

/// Would a spreadsheet calculate this? A phone number may begin with a plus.
fn begins_formula(target: Target, value: &str) -> bool {
    match value.chars().next() {
        Some('=' | '@') => true,
        Some('+' | '-') => {
            let digits = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '-' | '.' | '/' | '+');
            !(target == Target::Field(Field::Phone) && value.chars().all(digits))
        }
        _ => false,
    }
}

/// `#N/A`, `#¡REF!`: what stands where a formula failed.
fn is_error(value: &str) -> bool {
    let Some(word) = value.strip_prefix('#') else { return false };
    word == "N/A" || word == "N/D" || word.ends_with(['!', '?']) || word.chars().all(|c| c == '#')
}

/// `4.09E+07`, `40856634.0`, or a long number that ends in more zeros than chance gives.
fn rounded(value: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some((mantissa, exponent)) = value.split_once(['E', 'e']) {
        let fraction = mantissa.split_once(['.', ',']);
        let scientific = fraction.is_some_and(|(whole, part)| digits(whole) && digits(part))
            || digits(mantissa) && exponent.starts_with('+');
        return scientific && digits(exponent.trim_start_matches(['+', '-']));
    }
    if let Some((whole, part)) = value.split_once(['.', ',']) {
        return whole.len() >= ZEROS_TOLD
            && digits(whole)
            && (1..=2).contains(&part.len())
            && part.bytes().all(|b| b == b'0');
    }
    let lost = value.get(DIGITS_KEPT..).unwrap_or_default();
    digits(value) && lost.len() >= ZEROS_TOLD && lost.bytes().all(|b| b == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Target = Target::Field(Field::Name);
    const BADGE: Target = Target::Field(Field::Badges);
    const PHONE: Target = Target::Field(Field::Phone);

    #[test]
    fn what_was_typed_comes_back() {
        for (target, cell, value) in [
            (BADGE, "=\"00123\"", "00123"),
            (BADGE, "'00123", "00123"),
            (BADGE, "0040856634", "0040856634"),
            (BADGE, "01026F6C3E", "01026F6C3E"),
            (BADGE, "123,45678", "123,45678"),
            (BADGE, "4E5", "4E5"),
            (PHONE, "'+34 600 123 456", "+34 600 123 456"),
            (NAME, "'t Hooft", "'t Hooft"),
            (NAME, "O'Brien", "O'Brien"),
        ] {
            assert_eq!(unspoilt(target, cell).as_deref(), Ok(value), "{cell}");
        }
    }

    #[test]
    fn what_can_not_be_known_is_refused_with_its_reason() {
        for (target, cell, why) in [
            (NAME, "=HYPERLINK(\"http://x\")", Fault::Formula),
            (NAME, "'=1+1", Fault::Formula),
            (NAME, "@SUM(A1)", Fault::Formula),
            (NAME, "-1+1", Fault::Formula),
            (PHONE, "+1+cmd|' /C calc'!A0", Fault::Formula),
            (NAME, "#N/A", Fault::SpreadsheetError),
            (NAME, "#¡REF!", Fault::SpreadsheetError),
            (BADGE, "4.09E+07", Fault::Rounded),
            (BADGE, "4,09E+07", Fault::Rounded),
            (BADGE, "4E+07", Fault::Rounded),
            (BADGE, "12345; 4.09e7", Fault::Rounded),
            (BADGE, "40856634.0", Fault::Rounded),
            (Target::ExternalId, "123456789012345000", Fault::Rounded),
        ] {
            assert_eq!(unspoilt(target, cell), Err(why), "{cell}");
        }
    }
}
