//! What follows from a channel's answer: gone, later, by another channel, or never.
//!
//! Pure. A channel's yes is the end of it: nothing here sends it again.

use super::pace::wait;
use domain::event::Channel;
use domain::time::{DAY, MINUTE, Wall};
use notify::{Answer, Reason, Whose};
use store::Waiting;

/// A channel that does not answer is waited for this long if there is another way, so that a server's restart does not
/// make telephones ring.
pub(crate) const ANOTHER_WAY: i64 = 10 * MINUTE;
/// And this long if there is none.
const GIVE_UP: i64 = 3 * DAY;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Gone,
    Later(Wall),
    /// `tried` are those that said no for good.
    By {
        channel: Channel,
        tried: Vec<Channel>,
    },
    Never,
}

/// `others` are the ways there are beside this one, the best first, and whether each answers.
pub(crate) fn next(
    answer: &Answer,
    waiting: &Waiting,
    others: &[(Channel, bool)],
    now: Wall,
    dice: f64,
) -> Next {
    let untried: Vec<_> = others.iter().filter(|(channel, _)| !waiting.tried.contains(channel)).collect();
    let well = untried.iter().find(|(_, well)| *well).map(|(channel, _)| *channel);
    let (refused, attempts, asked) = match answer {
        Answer::Gone => return Next::Gone,
        Answer::Permanent { whose: Whose::Address | Whose::Message, .. } => {
            let tried = [waiting.tried.as_slice(), &[waiting.channel]].concat();
            return match well.or(untried.first().map(|(channel, _)| *channel)) {
                Some(channel) => Next::By { channel, tried },
                None => Next::Never,
            };
        }
        Answer::Permanent { whose: Whose::Channel, .. } => (true, waiting.attempts, None),
        // One too many at a time is no failure of this one: it waits as long as is asked, however often.
        Answer::Temporary { why, retry_after: Some(asked) } if why.reason == Reason::Busy => {
            (false, 0, Some(*asked))
        }
        Answer::Temporary { retry_after, .. } => (false, waiting.attempts, *retry_after),
    };
    let waited = now.0 - waiting.since.0;
    match well {
        Some(channel) if refused || waited >= ANOTHER_WAY => {
            Next::By { channel, tried: waiting.tried.clone() }
        }
        _ if waited >= GIVE_UP => Next::Never,
        _ => Next::Later(Wall(now.0.saturating_add(wait(attempts, asked, dice)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::SECOND;
    use domain::{NoticeId, PackageId, PersonId};
    use notify::{Reason, Why};
    use std::time::Duration;
    use uuid::Uuid;

    const NOW: Wall = Wall(1_000_000_000);

    fn waiting(since: i64) -> Waiting {
        Waiting {
            n: 1,
            notice: NoticeId(Uuid::nil()),
            package: PackageId(Uuid::nil()),
            person: PersonId(Uuid::nil()),
            channel: Channel::Email,
            body: String::new(),
            sealed_code: None,
            round: 0,
            attempts: 0,
            tried: vec![],
            since: Wall(NOW.0 - since),
            next: NOW,
            why: None,
        }
    }

    fn no(reason: Reason) -> Answer {
        Answer::Permanent { why: Why::new(reason, ""), whose: reason.whose() }
    }
    fn later(retry_after: Option<Duration>) -> Answer {
        Answer::Temporary { why: Why::new(Reason::Down, ""), retry_after }
    }
    fn by(channel: Channel, tried: &[Channel]) -> Next {
        Next::By { channel, tried: tried.to_vec() }
    }

    #[test]
    fn a_wrong_address_goes_the_next_way_and_the_last_one_to_staff() {
        let others = [(Channel::Sms, false), (Channel::Slack, true)];
        let answer = no(Reason::UnknownAddress);
        assert_eq!(next(&answer, &waiting(0), &others, NOW, 0.0), by(Channel::Slack, &[Channel::Email]));
        assert_eq!(next(&answer, &waiting(0), &others[..1], NOW, 0.0), by(Channel::Sms, &[Channel::Email]));
        let tried = Waiting { tried: vec![Channel::Sms], ..waiting(0) };
        assert_eq!(next(&answer, &tried, &others[..1], NOW, 0.0), Next::Never);
    }

    #[test]
    fn a_server_that_is_away_is_waited_for_and_then_gone_around() {
        let others = [(Channel::Sms, true)];
        assert_eq!(next(&later(None), &waiting(0), &others, NOW, 1.0), Next::Later(Wall(NOW.0 + 5 * SECOND)));
        assert_eq!(next(&later(None), &waiting(ANOTHER_WAY), &others, NOW, 1.0), by(Channel::Sms, &[]));
        let down = [(Channel::Sms, false)];
        assert!(matches!(next(&later(None), &waiting(ANOTHER_WAY), &down, NOW, 1.0), Next::Later(_)));
        assert_eq!(next(&later(None), &waiting(GIVE_UP), &down, NOW, 1.0), Next::Never);
        let asked = later(Some(Duration::from_secs(60)));
        assert_eq!(next(&asked, &waiting(0), &[], NOW, 0.0), Next::Later(Wall(NOW.0 + MINUTE)));
    }

    #[test]
    fn one_too_many_at_a_time_is_no_failure() {
        let (why, asked) = (Why::new(Reason::Busy, "HTTP 429"), Some(Duration::from_secs(1)));
        let (busy, often) =
            (Answer::Temporary { why, retry_after: asked }, Waiting { attempts: 9, ..waiting(0) });
        assert_eq!(next(&busy, &often, &[], NOW, 1.0), Next::Later(Wall(NOW.0 + SECOND)));
        assert_ne!(next(&later(asked), &often, &[], NOW, 1.0), Next::Later(Wall(NOW.0 + SECOND)));
    }

    #[test]
    fn a_channel_that_must_be_mended_is_gone_around_at_once_and_else_keeps_what_it_has() {
        let answer = no(Reason::SignIn);
        assert_eq!(next(&answer, &waiting(0), &[(Channel::Sms, true)], NOW, 0.0), by(Channel::Sms, &[]));
        assert!(matches!(next(&answer, &waiting(0), &[], NOW, 0.0), Next::Later(_)));
    }

    #[test]
    fn a_yes_is_the_end() {
        assert_eq!(next(&Answer::Gone, &waiting(9 * DAY), &[(Channel::Sms, true)], NOW, 0.0), Next::Gone);
    }
}
