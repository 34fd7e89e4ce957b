//! Scans from a HID point-of-sale scanner, usage page 8C (hardware.md 3.8 and 4; HID POS Usage Tables
//! 1.02). Where the fields stand is read from the report descriptor, since makers differ. Pure; it must
//! never panic on a descriptor or report, however broken.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::clean;

/// The parts of one scan follow each other at once; an older part has lost its rest.
const STALE: Duration = Duration::from_secs(1);
/// More than the longest reading is of no use.
const KEPT: usize = 4096;

const DECODED_DATA: u32 = 0x8C_00FE;
const CONTINUED: u32 = 0x8C_00FF;
const BYTE_COUNT: u32 = 0x01_003B;

/// Where the fields of a scanned-data report stand. Offsets count bytes of the report as it is read,
/// with the report id, if there is one, as byte 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PosLayout {
    /// The report's id, where the device has several.
    pub report_id: Option<u8>,
    /// The byte that counts the data, where there is one; without it, zeros at the end are padding.
    pub length: Option<usize>,
    /// The decoded data.
    pub data: Range<usize>,
    /// The byte and bit that say "more follows".
    pub continued: Option<(usize, u8)>,
}

/// The layout of the Access-IS LSR118, for a descriptor that cannot be read.
impl Default for PosLayout {
    fn default() -> Self {
        Self { report_id: Some(2), length: Some(1), data: 5..61, continued: Some((63, 0x01)) }
    }
}

#[derive(Clone, Copy, Default)]
struct Globals {
    page: u32,
    size: usize,
    count: usize,
    report_id: Option<u8>,
}

impl PosLayout {
    /// The first input report with decoded data, or `None` if there is none.
    #[must_use]
    pub fn from_descriptor(descriptor: &[u8]) -> Option<Self> {
        let mut fields = Vec::new();
        for_each_input(descriptor, |report_id, usage, bits| fields.push((report_id, usage, bits)));
        let (report_id, _, data) = fields.iter().find(|(_, usage, _)| *usage == DECODED_DATA)?.clone();
        let field = |usage: u32| {
            let mut fields = fields.iter();
            fields.find(|field| field.0 == report_id && field.1 == usage).map(|field| field.2.start)
        };
        Some(Self {
            report_id,
            // Devices that do not name the count keep it in the byte after the report id, which the
            // data or the symbology would start at otherwise (Access-IS, Microscan).
            length: field(BYTE_COUNT).map(|bit| bit / 8).or_else(|| {
                let first = usize::from(report_id.is_some());
                let named = |f: &&(Option<u8>, u32, Range<usize>)| {
                    f.0 == report_id && f.1 >> 16 == 0x8C && f.1 & 0xFFFF != 0
                };
                let first_named = fields.iter().filter(named).map(|field| field.2.start / 8).min()?;
                (first_named > first).then_some(first)
            }),
            data: data.start / 8..data.end / 8,
            continued: field(CONTINUED).map(|bit| (bit / 8, 1 << (bit % 8))),
        })
    }
}

/// Walks the items of a report descriptor (HID 1.11 section 6.2.2) and tells each input field: its
/// report id, its usage as `page << 16 | id`, and its bits in the report as it is read.
fn for_each_input(descriptor: &[u8], mut tell: impl FnMut(Option<u8>, u32, Range<usize>)) {
    let mut globals = Globals::default();
    let mut stack = Vec::new();
    let mut usages: Vec<u32> = Vec::new();
    let mut ends: Vec<(Option<u8>, usize)> = Vec::new();
    let mut rest = descriptor;
    while let Some((&prefix, after)) = rest.split_first() {
        if prefix == 0xFE {
            let long = after.first().map_or(0, |&length| usize::from(length) + 2);
            rest = after.get(long..).unwrap_or_default();
            continue;
        }
        let length = [0, 1, 2, 4][usize::from(prefix & 3)];
        let Some((bytes, after)) = after.split_at_checked(length) else { return };
        rest = after;
        let value = bytes.iter().rev().fold(0u32, |value, &byte| value << 8 | u32::from(byte));
        match prefix & 0xFC {
            0x04 => globals.page = value & 0xFFFF,
            0x74 => globals.size = value.min(64) as usize,
            0x94 => globals.count = value.min(4096) as usize,
            0x84 => globals.report_id = Some((value & 0xFF) as u8),
            0xA4 => stack.push(globals),
            0xB4 => globals = stack.pop().unwrap_or(globals),
            0x08 => usages.push(if length == 4 { value } else { globals.page << 16 | value }),
            0x80 => {
                let id = globals.report_id;
                let index = ends.iter().position(|end| end.0 == id).unwrap_or_else(|| {
                    ends.push((id, if id.is_some() { 8 } else { 0 }));
                    ends.len() - 1
                });
                let start = ends[index].1;
                let end = start + globals.size * globals.count;
                ends[index].1 = end;
                // Each field takes one usage, and the last usage takes all that are left.
                for (number, usage) in usages.iter().enumerate().take(globals.count) {
                    let from = start + number * globals.size;
                    let last = number + 1 == usages.len();
                    tell(id, *usage, from..if last { end } else { from + globals.size });
                }
                usages.clear();
            }
            0x90 | 0xA0 | 0xB0 | 0xC0 => usages.clear(),
            _ => {}
        }
    }
}

/// Puts the parts of a scan together.
#[derive(Debug)]
pub struct PosDecoder {
    layout: PosLayout,
    held: Vec<u8>,
    last: Option<Instant>,
}

impl PosDecoder {
    /// A decoder for reports of this layout.
    #[must_use]
    pub fn new(layout: PosLayout) -> Self {
        Self { layout, held: Vec::new(), last: None }
    }

    /// Takes one input report as it is read, received at `at`; gives the scan it completes, without the
    /// AIM identifier.
    pub fn push(&mut self, report: &[u8], at: Instant) -> Option<String> {
        let layout = &self.layout;
        if layout.report_id.is_some_and(|id| report.first() != Some(&id)) {
            return None;
        }
        if self.last.replace(at).is_some_and(|last| at.saturating_duration_since(last) > STALE) {
            self.held.clear();
        }
        let data = report.get(layout.data.start..layout.data.end.min(report.len())).unwrap_or_default();
        let data = match layout.length.and_then(|index| report.get(index)) {
            Some(&length) => data.get(..usize::from(length)).unwrap_or(data),
            None => data.iter().rposition(|&byte| byte != 0).map_or(&[][..], |last| &data[..=last]),
        };
        if self.held.len() < KEPT {
            self.held.extend_from_slice(data);
        }
        let more = layout.continued.and_then(|(index, bit)| Some(report.get(index)? & bit != 0));
        if more == Some(true) {
            return None;
        }
        clean(without_aim(&std::mem::take(&mut self.held)))
    }
}

/// Some scanners put the AIM identifier (`]`, a letter, a digit or letter) into the data as well.
fn without_aim(data: &[u8]) -> &[u8] {
    match data {
        [b']', code, modifier, rest @ ..]
            if code.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() =>
        {
            rest
        }
        _ => data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The usual descriptor of a HID POS scanner: id 2, count, three symbology bytes, 56 data bytes,
    /// two more bytes, and the flag.
    const DESCRIPTOR: &[u8] = &[
        0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x09, 0x12, 0xA1, 0x02, 0x85, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00,
        0x75, 0x08, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3B, 0x81, 0x02, 0x95, 0x03, 0x05, 0x8C, 0x09, 0xFB, 0x09,
        0xFC, 0x09, 0xFD, 0x81, 0x02, 0x95, 0x38, 0x09, 0xFE, 0x82, 0x02, 0x01, 0x95, 0x02, 0x06, 0x66, 0xFF,
        0x09, 0x04, 0x81, 0x02, 0x05, 0x8C, 0x09, 0xFF, 0x75, 0x01, 0x95, 0x01, 0x81, 0x02, 0x95, 0x07, 0x81,
        0x03, 0xC0, 0xC0,
    ];

    fn report(count: u8, data: &[u8], more: bool) -> Vec<u8> {
        let mut report = vec![2, count, b']', b'Q', b'0'];
        report.extend_from_slice(data);
        report.resize(61, 0);
        report.extend([0x73, 0, u8::from(more)]);
        report
    }

    #[test]
    fn the_layout_comes_from_the_descriptor() {
        assert_eq!(PosLayout::from_descriptor(DESCRIPTOR), Some(PosLayout::default()));
    }

    #[test]
    fn a_layout_without_count_usage_or_flag() {
        // Id 1, a count of no usage, 62 data bytes (Microscan).
        let descriptor = [
            0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x01, 0x75, 0x08, 0x95, 0x01, 0x81, 0x02, 0x95, 0x3E,
            0x09, 0xFE, 0x81, 0x02, 0xC0,
        ];
        let layout = PosLayout { report_id: Some(1), length: Some(1), data: 2..64, continued: None };
        assert_eq!(PosLayout::from_descriptor(&descriptor), Some(layout.clone()));
        let mut decoder = PosDecoder::new(layout);
        assert_eq!(decoder.push(b"\x01\x03ABCDEF", Instant::now()).as_deref(), Some("ABC"));
    }

    #[test]
    fn a_keyboard_has_no_layout() {
        let keyboard =
            [0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x75, 0x08, 0x95, 0x06, 0x81, 0x00, 0xC0];
        assert_eq!(PosLayout::from_descriptor(&keyboard), None);
    }

    #[test]
    fn two_reports_make_one_scan() {
        let now = Instant::now();
        let mut decoder = PosDecoder::new(PosLayout::default());
        let first = [b'M'; 56];
        assert_eq!(decoder.push(&report(0x38, &first, true), now), None);
        // The maker's second report, byte for byte (hardware.md section 4).
        let scan = decoder.push(&report(4, b" 100", false), now).unwrap();
        assert_eq!(scan, "M".repeat(56) + " 100");
    }

    #[test]
    fn a_part_whose_rest_never_came_is_dropped() {
        let now = Instant::now();
        let mut decoder = PosDecoder::new(PosLayout::default());
        decoder.push(&report(3, b"OLD", true), now);
        let scan = decoder.push(&report(3, b"NEW", false), now + Duration::from_secs(5));
        assert_eq!(scan.as_deref(), Some("NEW"));
    }

    #[test]
    fn an_aim_identifier_in_the_data_is_taken_off() {
        let mut decoder = PosDecoder::new(PosLayout::default());
        let scan = decoder.push(&report(9, b"]C1420123", false), Instant::now());
        assert_eq!(scan.as_deref(), Some("420123"));
    }

    #[test]
    fn another_report_and_an_empty_scan_are_nothing() {
        let mut decoder = PosDecoder::new(PosLayout::default());
        assert_eq!(decoder.push(&[9, 3, 1, 1, 1, 65, 65, 65], Instant::now()), None);
        assert_eq!(decoder.push(&report(0, b"", false), Instant::now()), None);
        assert_eq!(decoder.push(&[2], Instant::now()), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(descriptor in prop::collection::vec(any::<u8>(), 0..200), report in prop::collection::vec(any::<u8>(), 0..80)) {
            let layout = PosLayout::from_descriptor(&descriptor).unwrap_or_default();
            PosDecoder::new(layout).push(&report, Instant::now());
        }
    }
}
