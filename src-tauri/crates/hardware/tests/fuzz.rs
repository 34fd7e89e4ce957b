//! What boards and readers say, whatever it is.

use std::time::{Duration, Instant};

use fuzz::fuzz;
use hardware::boards::bcc8a::FrameDecoder;
use hardware::boards::{Awaiting, Decoder, Reply};
use hardware::{HidSelector, KeyboardDecoder, LineDecoder, PortAddress, PosDecoder, PosLayout, ReaderKind};
use proptest::prelude::*;

fn checked(mut frame: Vec<u8>) -> Vec<u8> {
    frame.push(frame.iter().fold(0, |sum, byte| sum ^ byte));
    frame
}

/// The frames that say just this, check byte and all.
fn frames(reply: &Reply) -> Vec<Vec<u8>> {
    let state = |bit: u8| bit * 0x11;
    let bodies = match reply {
        Reply::Acknowledged { board, channel, bit } => {
            vec![vec![0x8A, *board, *channel, state(bit.unwrap_or(0xFF))]]
        }
        Reply::One { board, channel, bit } => vec![vec![0x80, *board, *channel, state(*bit)]],
        Reply::Changed { board, channel, bit } => {
            vec![vec![0x81, *board, *channel, state(*bit)], vec![0x82, *board, *channel, state(*bit)]]
        }
        Reply::All { board, status } => vec![[vec![0x80, *board], status.clone(), vec![0x33]].concat()],
        Reply::Address { board } => vec![vec![0x80, 0x01, *board, 0x99]],
        Reply::Refused { .. } => Vec::new(),
    };
    bodies.into_iter().map(checked).collect()
}

fn awaiting() -> impl Strategy<Value = Awaiting> {
    use Awaiting as A;
    prop::sample::select(vec![A::Nothing, A::Acknowledgement, A::One, A::All, A::Address])
}

/// A true frame of one kind, and what it is awaited as.
fn frame() -> impl Strategy<Value = (Awaiting, Vec<u8>)> {
    let short = (prop::sample::select(vec![0x8Au8, 0x80]), 0u8..40, 1u8..=56, prop::bool::ANY);
    prop_oneof![
        short.prop_map(|(header, board, channel, bit)| {
            let awaiting = if header == 0x8A { Awaiting::Acknowledgement } else { Awaiting::One };
            (awaiting, checked(vec![header, board, channel, u8::from(bit) * 0x11]))
        }),
        (0u8..40, prop::collection::vec(any::<u8>(), 2..=8)).prop_map(|(board, status)| {
            (Awaiting::All, checked([vec![0x80, board], status, vec![0x33]].concat()))
        }),
        (1u8..40).prop_map(|board| (Awaiting::Address, checked(vec![0x80, 0x01, board, 0x99]))),
    ]
}

/// Noise in which headers, halves of frames and whole ones are more frequent than chance has it.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 1..6),
        2 => prop::sample::select(vec![vec![0x80], vec![0x8A], vec![0x81], vec![0x33], vec![0x11], vec![0x80, 1]]),
        2 => (frame(), 0usize..12).prop_map(|((_, frame), cut)| frame[..cut.min(frame.len() - 1)].to_vec()),
        1 => (frame(), any::<prop::sample::Index>(), 0u8..8).prop_map(|((_, mut frame), at, bit)| {
            let at = at.index(frame.len());
            frame[at] ^= 1 << bit;
            frame
        }),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn drain(decoder: &mut FrameDecoder, awaiting: Awaiting, quiet: bool) -> Vec<Reply> {
    std::iter::from_fn(|| decoder.next(awaiting, quiet)).collect()
}

#[test]
fn fuzz_frames_in_any_pieces_are_never_invented() {
    let mixed = prop_oneof![garbage(), frame().prop_map(|(_, frame)| frame)];
    let pieces = prop::collection::vec((mixed, awaiting(), any::<bool>()), 0..20);
    fuzz(&pieces, |pieces| {
        let mut decoder = FrameDecoder::default();
        let mut stream = Vec::new();
        for (bytes, awaiting, quiet) in pieces {
            stream.extend_from_slice(&bytes);
            decoder.push(&bytes);
            for reply in drain(&mut decoder, awaiting, quiet) {
                let said = frames(&reply);
                let found = said.iter().any(|frame| stream.windows(frame.len()).any(|at| at == frame));
                prop_assert!(found, "{reply:?} was never on the line");
            }
            prop_assert!(!(quiet && decoder.is_midway()), "something is held after silence");
        }
        Ok(())
    });
}

#[test]
fn fuzz_a_frame_after_garbage_and_silence_is_found() {
    fuzz(&(garbage(), awaiting(), frame(), 1usize..8), |(garbage, before, (awaiting, frame), piece)| {
        let mut decoder = FrameDecoder::default();
        decoder.push(&garbage);
        drain(&mut decoder, before, true);
        let mut found = Vec::new();
        for piece in frame.chunks(piece) {
            found.extend(drain(&mut decoder, awaiting, false));
            decoder.push(piece);
        }
        found.extend(drain(&mut decoder, awaiting, true));
        prop_assert!(found.first().is_some_and(|reply| frames(reply).contains(&frame)), "{found:?}");
        Ok(())
    });
}

#[test]
fn fuzz_a_frame_right_behind_garbage_is_found_or_its_bytes_made_another() {
    fuzz(&(garbage(), frame()), |(garbage, (awaiting, frame))| {
        let mut decoder = FrameDecoder::default();
        decoder.push(&garbage);
        decoder.push(&frame);
        let found = drain(&mut decoder, awaiting, true);
        prop_assert!(!found.is_empty());
        Ok(())
    });
}

/// Whatever a reader gives is clean.
fn is_clean(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 256 && !text.chars().any(char::is_control)
}

#[test]
fn fuzz_keyboard_reports() {
    let report = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        (any::<u8>(), prop::collection::vec(0u8..0x70, 6..=6))
            .prop_map(|(m, keys)| [vec![m, 0], keys].concat()),
    ];
    fuzz(&prop::collection::vec((report, 0u64..200), 0..400), |reports| {
        let mut decoder = KeyboardDecoder::default();
        let mut now = Instant::now();
        for (report, later) in reports {
            now += Duration::from_millis(later);
            let read = [decoder.push(&report, now), decoder.silence(now)];
            prop_assert!(read.iter().flatten().all(|text| is_clean(text)), "{read:?}");
        }
        Ok(())
    });
}

#[test]
fn fuzz_keyboard_badges_are_read_as_typed() {
    fuzz(&("[0-9a-zA-Z]{1,64}", any::<bool>()), |(badge, release)| {
        let mut decoder = KeyboardDecoder::default();
        let now = Instant::now();
        let mut read = Vec::new();
        for c in badge.bytes().chain([b'\r']) {
            let (shift, usage) = match c {
                b'1'..=b'9' => (0, c - b'1' + 0x1E),
                b'0' => (0, 0x27),
                b'a'..=b'z' => (0, c - b'a' + 0x04),
                b'A'..=b'Z' => (0x02, c - b'A' + 0x04),
                _ => (0, 0x28),
            };
            read.extend(decoder.push(&[shift, 0, usage, 0, 0, 0, 0, 0], now));
            // Some readers release the key only between equal ones; a release is then sent by none.
            if release || badge.len() > 1 {
                read.extend(decoder.push(&[0; 8], now));
            }
        }
        prop_assert_eq!(read, vec![badge]);
        Ok(())
    });
}

#[test]
fn fuzz_pos_reports_under_any_descriptor() {
    // Items a real descriptor is made of, in any order.
    let item = prop_oneof![
        prop::sample::select(vec![
            vec![0x05, 0x8C],
            vec![0x09, 0xFE],
            vec![0x09, 0xFF],
            vec![0x05, 0x01],
            vec![0x09, 0x3B],
            vec![0x75, 0x08],
            vec![0x95, 0x38],
            vec![0x81, 0x02],
            vec![0x85, 0x02],
            vec![0xA4],
            vec![0xB4],
            vec![0x97, 0xFF, 0xFF, 0xFF, 0xFF],
            vec![0x77, 0xFF, 0xFF, 0xFF, 0x7F],
        ]),
        prop::collection::vec(any::<u8>(), 1..5),
    ];
    let descriptor = prop::collection::vec(item, 0..30).prop_map(|items| items.concat());
    let reports = prop::collection::vec((prop::collection::vec(any::<u8>(), 0..80), 0u64..1500), 0..60);
    fuzz(&(descriptor, reports), |(descriptor, reports)| {
        let mut now = Instant::now();
        let layouts = [PosLayout::from_descriptor(&descriptor), Some(PosLayout::default())];
        for layout in layouts.into_iter().flatten() {
            let mut decoder = PosDecoder::new(layout);
            for (report, later) in &reports {
                now += Duration::from_millis(*later);
                let scan = decoder.push(report, now);
                prop_assert!(scan.as_deref().is_none_or(is_clean), "{scan:?}");
            }
        }
        Ok(())
    });
}

#[test]
fn fuzz_serial_lines_in_any_pieces() {
    let byte = prop_oneof![4 => any::<u8>(), 2 => prop::sample::select(vec![b'\r', b'\n', b'1', 0xC3, 0xA4])];
    let bytes = prop::collection::vec(byte, 0..1500);
    fuzz(&(bytes, 1usize..50), |(bytes, piece)| {
        let now = Instant::now();
        let whole = LineDecoder::default().push(&bytes, now);
        let mut decoder = LineDecoder::default();
        let pieces: Vec<String> = bytes.chunks(piece).flat_map(|piece| decoder.push(piece, now)).collect();
        prop_assert_eq!(&pieces, &whole);
        prop_assert!(whole.iter().all(|text| is_clean(text)));
        Ok(())
    });
}

#[test]
fn fuzz_names_of_ports_and_readers() {
    let name = prop_oneof![
        any::<String>(),
        "(usb:|tcp://|virtual:|/dev/|COM)?[0-9a-fA-F:./\\[\\]]{0,20}",
        "(usb:)?[0-9a-f]{4}:[0-9a-f]{4}(:\\PC{0,8})?",
    ];
    fuzz(&name, |name| {
        if let Ok(address) = name.parse::<PortAddress>() {
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }
        if let Ok(selector) = name.parse::<HidSelector>() {
            prop_assert_eq!(selector.to_string().parse(), Ok(selector));
        }
        let _ = name.parse::<ReaderKind>();
        Ok(())
    });
}
