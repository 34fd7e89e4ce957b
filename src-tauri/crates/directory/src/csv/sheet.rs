//! A file, opened: how it is written, what its columns are read as, and its people one by one.

use super::columns::{self, Column, Mapping};
use super::rows::{Dialect, Row, Rows, breaks};
use super::{cell, encoding};
use crate::build::Builder;
use crate::{Entry, Fault, Refused, Target};
use domain::directory::Field;
use encoding_rs::Encoding;
use std::borrow::Cow;

/// The largest file that is read.
pub const MAX_BYTES: usize = 128 << 20;
/// The longest header.
const HEADER_MAX: usize = 200;
const COLUMNS_MAX: usize = 500;
const SAMPLES: usize = 3;
const SAMPLE_MAX: usize = 40;
/// Rows looked at for samples.
const LOOK: usize = 50;
const DELIMITERS: [u8; 4] = *b",;\t|";

/// How to read a file; what is left out is found out.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// A name as browsers know encodings, such as `windows-1252` or `macintosh`.
    pub encoding: Option<String>,
    /// What somebody said of this file's columns.
    pub told: Mapping,
    /// What was said of earlier ones.
    pub remembered: Mapping,
}

/// A file that can't be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    #[error("the file is empty")]
    Empty,
    #[error("the file has a header and nobody in it")]
    HeaderOnly,
    #[error("the file is larger than {} MiB", MAX_BYTES >> 20)]
    TooLarge,
    #[error("this is a workbook: save it as CSV UTF-8 and take that")]
    Workbook,
    #[error("there is no encoding {0}")]
    NoSuchEncoding(String),
    #[error("there is no column {0}")]
    NoSuchColumn(String),
    #[error("the columns {0} and {1} are meant for the same field: choose one")]
    TwoColumns(String, String),
    #[error("two columns are called {0}: name each differently")]
    SameHeader(String),
    #[error("no column holds a mail address or an employee number: the first line must name the columns")]
    NoKeyColumn,
    #[error("the header, line {line}: {why}")]
    Header { line: u64, why: Fault },
}

/// A file as it was understood.
pub struct Sheet {
    text: String,
    /// Where the first row under the header begins, and its line.
    body: (usize, u64),
    dialect: Dialect,
    encoding: &'static str,
    columns: Vec<Column>,
}

impl Sheet {
    pub fn open(bytes: &[u8], reading: &Reading) -> Result<Sheet, SheetError> {
        if bytes.len() > MAX_BYTES {
            return Err(SheetError::TooLarge);
        }
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(SheetError::Workbook);
        }
        let told = reading.encoding.as_deref().map(named).transpose()?;
        let (text, encoding) = encoding::decode(bytes, told);
        let (start, line, delimiter) = beginning(&text);
        let rest = text.get(start..).unwrap_or_default();
        let dialect = match delimiter {
            Some(delimiter) => Dialect { delimiter, quote: b'"' },
            None => guess(rest, [&reading.told, &reading.remembered]),
        };
        let mut rows = Rows::new(rest, line, dialect);
        let header = match rows.next() {
            None => return Err(SheetError::Empty),
            Some(Err((line, why))) => return Err(SheetError::Header { line, why }),
            Some(Ok(row)) => row,
        };
        let headers: Vec<String> = header.cells.iter().map(|cell| cell.trim().to_owned()).collect();
        let odd = |h: &String| h.chars().count() > HEADER_MAX;
        if headers.len() > COLUMNS_MAX || headers.iter().any(odd) {
            return Err(SheetError::Header { line: header.line, why: Fault::TooLong });
        }
        let columns = columns::decide(&headers, &reading.told, &reading.remembered)?;
        let body = (start + rows.at(), rows.line());
        let mut sheet = Sheet { text, body, dialect, encoding, columns };
        sheet.look()?;
        Ok(sheet)
    }

    /// Takes samples from the first rows.
    fn look(&mut self) -> Result<(), SheetError> {
        let mut samples = vec![Vec::new(); self.columns.len()];
        let mut any = false;
        for row in self.rows().filter(|row| !row.as_ref().is_ok_and(is_blank)).take(LOOK) {
            any = true;
            let Ok(row) = row else { continue };
            for (samples, value) in samples.iter_mut().zip(&row.cells) {
                let value: String = value.trim().chars().take(SAMPLE_MAX).collect();
                if samples.len() < SAMPLES && !value.is_empty() && !samples.contains(&value) {
                    samples.push(value);
                }
            }
        }
        for (column, sample) in self.columns.iter_mut().zip(samples) {
            if column.target != Some(Target::Field(Field::Badges)) {
                column.sample = sample;
            }
        }
        if any { Ok(()) } else { Err(SheetError::HeaderOnly) }
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
    pub fn encoding(&self) -> &'static str {
        self.encoding
    }
    pub fn delimiter(&self) -> char {
        char::from(self.dialect.delimiter)
    }
    /// About how much there is to read, in the measure of [`Entries::read`].
    pub fn size(&self) -> usize {
        self.text.len()
    }

    /// The mapping that reads this file as it is read now.
    pub fn mapping(&self) -> Mapping {
        let mut mapping = Mapping::default();
        for column in &self.columns {
            if let Some(target) = column.target {
                mapping.set(&column.header, target);
            }
        }
        mapping
    }

    fn rows(&self) -> Rows<'_> {
        Rows::new(self.text.get(self.body.0..).unwrap_or_default(), self.body.1, self.dialect)
    }

    /// Everyone in the file, in its order. Blank rows are passed over.
    pub fn entries(&self) -> Entries<'_> {
        let needed = |c: &Column| {
            matches!(c.target, Some(Target::ExternalId | Target::Field(Field::Email | Field::Name)))
        };
        let least = self.columns.iter().rposition(needed).map_or(0, |at| at + 1);
        Entries { sheet: self, rows: self.rows(), least }
    }
}

/// The people of a [`Sheet`].
pub struct Entries<'a> {
    sheet: &'a Sheet,
    rows: Rows<'a>,
    /// A spreadsheet leaves out empty cells at the end of a row, but these must be there.
    least: usize,
}

impl Entries<'_> {
    /// How far it has got, of [`Sheet::size`].
    pub fn read(&self) -> usize {
        self.sheet.body.0 + self.rows.at()
    }

    fn entry(&self, row: &Row<'_>) -> Result<Entry, Refused> {
        let columns = &self.sheet.columns;
        let refused = |column: Option<usize>, external_id: Option<&str>, why: Fault| Refused {
            at: row.line,
            column: column.and_then(|at| columns.get(at)).map(|c| c.header.clone()),
            external_id: external_id.map(Into::into),
            why,
        };
        if row.cells.len() < self.least.min(columns.len()) {
            return Err(refused(None, None, Fault::TooFewCells));
        }
        let mut builder = Builder::default();
        let mut first: Option<(usize, Fault)> = None;
        for (at, column) in columns.iter().enumerate() {
            let Some(target) = column.target else { continue };
            let value = row.cells.get(at).map_or("", Cow::as_ref);
            let put = cell::unspoilt(target, value).and_then(|value| builder.put(target, &value));
            if let Err(why) = put {
                first.get_or_insert((at, why));
            }
        }
        if let Some((at, why)) = first {
            return Err(refused(Some(at), builder.external_id(), why));
        }
        if row.cells.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
            return Err(refused(None, builder.external_id(), Fault::TooManyCells));
        }
        builder.finish(row.line).map_err(|why| refused(None, None, why))
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.rows.next()? {
                Err((at, why)) => return Some(Err(Refused { at, column: None, external_id: None, why })),
                Ok(row) if is_blank(&row) => {}
                Ok(row) => return Some(self.entry(&row)),
            }
        }
    }
}

fn is_blank(row: &Row<'_>) -> bool {
    row.cells.iter().all(|cell| cell.trim().is_empty())
}

fn named(name: &str) -> Result<&'static Encoding, SheetError> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| SheetError::NoSuchEncoding(name.into()))
}

/// Where the header begins, its line, and the delimiter if a line `sep=;` says it.
fn beginning(text: &str) -> (usize, u64, Option<u8>) {
    let mut start = blank(text, 0);
    let mut delimiter = None;
    let line = text.get(start..).unwrap_or_default();
    let end = line.find(['\r', '\n']).unwrap_or(line.len());
    let said = line.get(..end).unwrap_or_default().trim_matches([' ', '"']);
    if let Some(sign) = said.strip_prefix("sep=").and_then(|sign| sign.bytes().next()).or_else(|| tab(said)) {
        delimiter = Some(sign).filter(u8::is_ascii);
        start = blank(text, start + end);
    }
    (start, 1 + breaks(text.get(..start).unwrap_or_default()), delimiter)
}

/// `sep=` and a tab, of which trimming leaves nothing.
fn tab(said: &str) -> Option<u8> {
    (said == "sep=").then_some(b'\t')
}

/// The end of the blank lines from here.
fn blank(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let first = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
    let line = rest.get(..first).and_then(|blank| blank.rfind(['\r', '\n'])).map_or(0, |at| at + 1);
    from + line
}

/// The delimiter that makes most sense of the header.
fn guess(text: &str, mappings: [&Mapping; 2]) -> Dialect {
    let quote = if wrapped_in_apostrophes(text) { b'\'' } else { b'"' };
    let sense = |delimiter: &u8| {
        let dialect = Dialect { delimiter: *delimiter, quote };
        let mut rows = Rows::new(text, 1, dialect);
        let Some(Ok(header)) = rows.next() else {
            // Its fault is told by whichever delimiter it was written for.
            let header: Vec<&str> =
                text.lines().next().unwrap_or_default().split(char::from(*delimiter)).collect();
            return (columns::recognised(&header, mappings), header.len(), 0);
        };
        let alike = rows.take(20).filter(|r| r.as_ref().is_ok_and(|r| r.cells.len() == header.cells.len()));
        (columns::recognised(&header.cells, mappings), header.cells.len(), alike.count())
    };
    let mut best = DELIMITERS;
    // The first of equals stays first.
    best.sort_by_key(|delimiter| std::cmp::Reverse(sense(delimiter)));
    Dialect { delimiter: best[0], quote }
}

/// `'a';'b'`: how some write every cell.
fn wrapped_in_apostrophes(text: &str) -> bool {
    let header = text.lines().next().unwrap_or_default().trim();
    let cells = header.split(|c| DELIMITERS.iter().any(|d| char::from(*d) == c));
    header.len() > 2 && cells.map(str::trim).all(|c| c.len() > 1 && c.starts_with('\'') && c.ends_with('\''))
}
