//! Properties of the decoder over random streams.

use proptest::prelude::*;

use super::{Bcc8a, FrameDecoder};
use crate::boards::{Awaiting, BoardDriver, Decoder, Reply};

fn awaiting() -> impl Strategy<Value = Awaiting> {
    use Awaiting as A;
    prop_oneof![Just(A::Nothing), Just(A::Acknowledgement), Just(A::One), Just(A::All)]
}

/// Bytes that often are headers, so that the decoder gets past its first look.
fn noise(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => any::<u8>(), 2 => prop::sample::select(vec![0x80, 0x8A, 0x81, 0x33, 0x11, 0x01, 0x00])];
    prop::collection::vec(byte, 0..length)
}

fn replies(decoder: &mut FrameDecoder, awaiting: Awaiting, quiet: bool) -> Vec<Reply> {
    std::iter::from_fn(|| decoder.next(awaiting, quiet)).collect()
}

fn with_check(mut body: Vec<u8>) -> Vec<u8> {
    body.push(body.iter().fold(0, |sum, byte| sum ^ byte));
    body
}

proptest! {
    #[test]
    fn any_bytes_end_in_an_empty_buffer(bytes in noise(300), awaiting in awaiting()) {
        let mut decoder = FrameDecoder::default();
        decoder.push(&bytes);
        replies(&mut decoder, awaiting, true);
        prop_assert!(!decoder.is_midway());
    }

    #[test]
    fn pieces_read_as_the_whole(
        bytes in noise(120),
        cuts in prop::collection::vec(1usize..9, 1..40),
        awaiting in awaiting(),
    ) {
        let mut whole = FrameDecoder::default();
        whole.push(&bytes);
        let mut expected = replies(&mut whole, awaiting, false);
        expected.extend(replies(&mut whole, awaiting, true));

        let mut pieces = FrameDecoder::default();
        let mut seen = Vec::new();
        let mut rest = bytes.as_slice();
        for cut in cuts.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            seen.extend(replies(&mut pieces, awaiting, false));
            rest = after;
        }
        seen.extend(replies(&mut pieces, awaiting, true));
        prop_assert_eq!(seen, expected);
    }

    #[test]
    fn a_reply_is_found_behind_noise(
        front in prop::collection::vec(any::<u8>().prop_filter("no header", |b| !matches!(b, 0x80..=0x82 | 0x8A)), 0..40),
        board in 1u8..=32,
        channel in 1u8..=50,
        state in prop::sample::select(vec![0x00u8, 0x11]),
    ) {
        let mut decoder = FrameDecoder::default();
        decoder.push(&front);
        decoder.push(&with_check(vec![0x8A, board, channel, state]));
        let bit = Some(u8::from(state == 0x11));
        prop_assert_eq!(
            decoder.next(Awaiting::Acknowledgement, false),
            Some(Reply::Acknowledged { board, channel, bit })
        );
    }

    #[test]
    fn every_length_of_all_is_read_whole(board in 1u8..=32, status in prop::collection::vec(any::<u8>(), 2..=8)) {
        let mut body = vec![0x80, board];
        body.extend(&status);
        body.push(0x33);
        let mut decoder = FrameDecoder::default();
        decoder.push(&with_check(body));
        prop_assert_eq!(decoder.next(Awaiting::All, true), Some(Reply::All { board, status }));
    }

    #[test]
    fn the_own_words_of_a_line_are_never_a_status(board in any::<u8>(), channel in any::<u8>(), one in any::<bool>()) {
        let query = if one { crate::boards::Query::One(channel) } else { crate::boards::Query::All };
        let mut decoder = FrameDecoder::default();
        decoder.push(&Bcc8a.query(board, query));
        for awaiting in [Awaiting::All, Awaiting::One, Awaiting::Nothing] {
            prop_assert_eq!(decoder.next(awaiting, true), None);
        }
    }
}
