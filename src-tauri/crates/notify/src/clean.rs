//! Makes a fact that people or imports typed fit for one line of a mail or a header.
//!
//! What leaves here must never break a line, reorder the text around it, run on without end, or look like an
//! access code.

/// One line: no control, line-breaking or direction-changing characters, single spaces, at most `longest`
/// characters (an ellipsis says that it was longer).
pub fn line(raw: &str, longest: usize) -> String {
    cut(&unencode(&uncode(&words(raw).join(" "))), longest)
}

/// As `line`, without any space: for numbers that a carrier prints in groups.
pub fn unspaced(raw: &str, longest: usize) -> String {
    cut(&unencode(&words(raw).concat()), longest)
}

fn words(raw: &str) -> Vec<&str> {
    raw.split(|c: char| c.is_whitespace() || invisible(c)).filter(|word| !word.is_empty()).collect()
}

/// At most `longest` characters; an ellipsis says that it was longer.
pub fn cut(text: &str, longest: usize) -> String {
    if text.chars().nth(longest).is_none() {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// Control characters, line and paragraph separators, and the marks that change the direction of text: with
/// these a name could hide or reorder the words beside it.
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{feff}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// "1234 5678" becomes "1234-5678": only the access code is written as two groups of four.
fn uncode(text: &str) -> String {
    let digits = |run: &[char]| run.len() == 4 && run.iter().all(|c| c.is_numeric());
    let chars: Vec<char> = text.chars().collect();
    chars
        .iter()
        .enumerate()
        .map(|(at, &c)| {
            let before = chars.get(at.saturating_sub(4)..at).is_some_and(digits);
            let after = chars.get(at + 1..at + 5).is_some_and(digits);
            if c == ' ' && before && after { '-' } else { c }
        })
        .collect()
}

/// "=?" opens an encoded word: a mail program would decode it in a header, where it stands as plain text.
fn unencode(text: &str) -> String {
    text.replace("=?", "= ?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(line("  Ana\r\nBcc: x@y \u{2028}\t López\u{0}", 80), "Ana Bcc: x@y López");
        assert_eq!(line("evil\u{202e}txt.exe", 80), "evil txt.exe");
        assert_eq!(line("", 80), "");
        assert_eq!(line("李小龍 \"R&D\" <b>", 80), "李小龍 \"R&D\" <b>");
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        assert_eq!(line("abcd", 4), "abcd");
        assert_eq!(line("abcde", 4), "abc…");
        assert_eq!(line(&"é".repeat(500), 120).chars().count(), 120);
    }

    #[test]
    fn nothing_else_looks_like_a_code() {
        assert_eq!(line("Box 1234 5678", 80), "Box 1234-5678");
        assert_eq!(line("1234 5678 9012", 80), "1234-5678-9012");
        assert_eq!(line("12 34", 80), "12 34");
        assert_eq!(unspaced("1234 5678\t9012", 80), "123456789012");
    }
}
