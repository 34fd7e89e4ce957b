//! Rows and cells, with the line each row begins at. Strict where leniency would move a value into another column.

use crate::Fault;
use std::borrow::Cow;

/// The longest cell a spreadsheet holds. A quoted one that is longer was never closed.
const CELL_MAX: usize = 32_767 * 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub line: u64,
    pub cells: Vec<Cow<'a, str>>,
}

#[derive(Clone)]
pub(super) struct Rows<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    dialect: Dialect,
}

impl<'a> Rows<'a> {
    pub fn new(text: &'a str, line: u64, dialect: Dialect) -> Rows<'a> {
        Rows { text, at: 0, line, dialect }
    }

    /// Bytes read, and the line that comes next.
    pub fn at(&self) -> usize {
        self.at
    }
    pub fn line(&self) -> u64 {
        self.line
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        // Both ends stand at an ASCII byte or the end.
        self.text.get(from..to).unwrap_or_default()
    }

    /// The first of these at or after `at`, or the end.
    fn seek(&self, at: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        rest.iter().position(|b| wanted(*b)).map_or(self.text.len(), |n| at + n)
    }

    /// Steps over the end of a line, if one is there.
    fn end_line(&mut self) -> bool {
        match self.byte(self.at) {
            Some(b'\r') => self.at += if self.byte(self.at + 1) == Some(b'\n') { 2 } else { 1 },
            Some(b'\n') => self.at += 1,
            _ => return false,
        }
        self.line += 1;
        true
    }

    fn skip_line(&mut self, from: usize) {
        self.at = self.seek(from, is_break);
        self.end_line();
    }

    fn cell(&mut self) -> Result<Cow<'a, str>, Fault> {
        let Dialect { delimiter, quote } = self.dialect;
        let start = self.seek(self.at, |b| b != b' ' || b == delimiter);
        if self.byte(start) != Some(quote) {
            let end = self.seek(self.at, |b| b == delimiter || is_break(b));
            let cell = self.slice(self.at, end);
            self.at = end;
            return Ok(Cow::Borrowed(cell));
        }
        let (mut from, mut cell) = (start + 1, Cow::Borrowed(""));
        let limit = start + CELL_MAX;
        loop {
            let inside = self.text.as_bytes().get(from..limit.min(self.text.len())).unwrap_or_default();
            let end = from + inside.iter().position(|b| *b == quote).ok_or(Fault::UnclosedQuote)?;
            let piece = self.slice(from, end);
            if cell.is_empty() {
                cell = Cow::Borrowed(piece);
            } else {
                cell.to_mut().push_str(piece);
            }
            if self.byte(end + 1) == Some(quote) {
                cell.to_mut().push(char::from(quote));
                from = end + 2;
                continue;
            }
            self.at = self.seek(end + 1, |b| b != b' ' || b == delimiter);
            return match self.byte(self.at) {
                None => Ok(cell),
                Some(next) if next == delimiter || is_break(next) => Ok(cell),
                Some(_) => Err(Fault::QuoteInside),
            };
        }
    }
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Line breaks as an editor counts them.
pub(super) fn breaks(text: &str) -> u64 {
    let mut count = 0;
    let mut before = 0;
    for byte in text.bytes() {
        if byte == b'\r' || byte == b'\n' && before != b'\r' {
            count += 1;
        }
        before = byte;
    }
    count
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>, (u64, Fault)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            let begins = self.at;
            match self.cell() {
                Ok(cell) => {
                    self.line += breaks(self.slice(begins, self.at));
                    cells.push(cell);
                }
                // What follows on the next line may well be right.
                Err(fault) => {
                    let at = self.line;
                    let from = if fault == Fault::UnclosedQuote { begins } else { self.at };
                    self.line += breaks(self.slice(begins, from));
                    self.skip_line(from);
                    return Some(Err((at, fault)));
                }
            }
            if self.byte(self.at) == Some(self.dialect.delimiter) {
                self.at += 1;
                continue;
            }
            self.end_line();
            return Some(Ok(Row { line, cells }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COMMA: Dialect = Dialect { delimiter: b',', quote: b'"' };

    type Plain = Result<(u64, Vec<String>), (u64, Fault)>;

    fn all(text: &str) -> Vec<Plain> {
        let plain = |row: Row| (row.line, row.cells.into_iter().map(Cow::into_owned).collect());
        Rows::new(text, 1, COMMA).map(|row| row.map(plain)).collect()
    }

    fn row(line: u64, cells: &[&str]) -> Plain {
        Ok((line, cells.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn a_row_stands_where_the_editor_shows_it() {
        let text = "a,b\r\n\"1\n2\r\n3\r4\",x\rlast, \"q, \"\"r\"\"\" \n\nz";
        assert_eq!(
            all(text),
            [
                row(1, &["a", "b"]),
                row(2, &["1\n2\r\n3\r4", "x"]),
                row(6, &["last", "q, \"r\""]),
                row(7, &[""]),
                row(8, &["z"]),
            ]
        );
    }

    #[test]
    fn a_quotation_mark_out_of_place_costs_its_line_and_no_other() {
        assert_eq!(all("\"a\"b,c\nd"), [Err((1, Fault::QuoteInside)), row(2, &["d"])]);
        assert_eq!(
            all("x\n1,\"never closed\ny\nz"),
            [row(1, &["x"]), Err((2, Fault::UnclosedQuote)), row(3, &["y"]), row(4, &["z"])]
        );
        assert_eq!(all("a \"b\" c,d"), [row(1, &["a \"b\" c", "d"])]);
    }

    proptest! {
        #[test]
        fn whatever_another_program_writes_is_read_as_it_was_meant(
            rows in prop::collection::vec(prop::collection::vec("[ ,;\t|\"'a-zé\r\n]{0,6}", 2..5), 1..6),
            delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
            crlf in any::<bool>(),
        ) {
            let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter).terminator(end).flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<Vec<String>> = Rows::new(&text, 1, Dialect { delimiter, quote: b'"' })
                .map(|row| row.unwrap().cells.into_iter().map(Cow::into_owned).collect())
                .collect();
            prop_assert_eq!(read, rows);
        }
    }
}
