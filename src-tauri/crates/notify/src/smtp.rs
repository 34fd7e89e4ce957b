//! What a mail server's reply codes mean. Pure, so that replies met in the wild become tests.
//!
//! It must never trust a server's words beyond the codes in them.

use crate::answer::{Answer, Reason};

/// What was being asked when the server said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Greeting, encryption, sign-in: every mail would meet the same.
    Channel,
    /// Who sends: also the same for every mail.
    Sender,
    Recipient,
    /// The mail itself.
    Mail,
}

/// An enhanced status code (RFC 3463): 5.1.1 is (5, 1, 1).
pub(crate) type Status = (u8, u16, u16);

/// The first one in a server's words.
pub(crate) fn status_in(words: &str) -> Option<Status> {
    words.split(|c: char| c.is_whitespace() || "()[]:,;#<>-".contains(c)).find_map(status)
}

pub(crate) fn status(word: &str) -> Option<Status> {
    let mut parts = word.split('.');
    let mut next = |longest: usize| {
        let part = parts.next()?;
        let sound = (1..=longest).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        sound.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (class, subject, detail) = (next(1)?, next(3)?, next(3)?);
    let class = u8::try_from(class).ok().filter(|class| matches!(class, 2 | 4 | 5))?;
    parts.next().is_none().then_some((class, subject, detail))
}

/// The answer for a refusal with `code` (RFC 5321) and the server's `words`.
pub(crate) fn meaning(stage: Stage, code: u16, words: &str) -> Answer {
    // Only a status of the same class belongs to the code.
    let status = status_in(words).filter(|status| u16::from(status.0) == code / 100);
    let said = match status {
        Some((class, subject, detail)) => format!("{code} {class}.{subject}.{detail}"),
        None => code.to_string(),
    };
    let permanent = code >= 500;
    let reason = match code {
        // Whatever it was asked, it asks for a sign-in.
        530 | 534 | 535 | 538 => Reason::SignIn,
        421 => Reason::Down,
        _ => by_status(stage, permanent, status).unwrap_or_else(|| by_code(stage, code)),
    };
    // A full mailbox is emptied some day, so even a permanent "full" is worth another try.
    if permanent && reason != Reason::MailboxFull {
        Answer::never(reason, said)
    } else {
        Answer::later(reason, said)
    }
}

/// Source: RFC 3463 and the IANA registry of enhanced status codes.
pub(crate) fn by_status(stage: Stage, permanent: bool, status: Option<Status>) -> Option<Reason> {
    let (_, subject, detail) = status?;
    Some(match (subject, detail) {
        (1, 7..=9) => Reason::Sender,
        (1, _) => Reason::UnknownAddress,
        (2, 2) => Reason::MailboxFull,
        (2, 3) | (3, 4) => Reason::TooLong,
        (2, 1) if permanent => Reason::UnknownAddress,
        (2, _) if permanent => Reason::Refused,
        // Slow down: for this sender as a whole.
        (7, 28) if !permanent => Reason::Busy,
        (2 | 4 | 7, _) if !permanent => Reason::NotNow,
        (3, _) if !permanent => Reason::Down,
        (4, 1 | 4 | 7 | 310) => Reason::UnknownAddress,
        (7, 8 | 9 | 11 | 14) => Reason::SignIn,
        (7, 10 | 13) if stage == Stage::Channel => Reason::Encryption,
        (7, _) => Reason::Permission,
        // Protocol, system and content say too little; the stage says more.
        _ => return None,
    })
}

fn by_code(stage: Stage, code: u16) -> Reason {
    match (stage, code) {
        (Stage::Channel, 500..) => Reason::Permission,
        (Stage::Channel, _) => Reason::Down,
        (Stage::Sender, 500..) => Reason::Sender,
        (Stage::Sender, _) => Reason::Down,
        (Stage::Recipient, 550 | 551 | 553) => Reason::UnknownAddress,
        (Stage::Recipient, 552) => Reason::MailboxFull,
        (Stage::Mail, 552) => Reason::TooLong,
        (Stage::Recipient | Stage::Mail, 500..) => Reason::Refused,
        (Stage::Recipient | Stage::Mail, _) => Reason::NotNow,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Whose;

    /// Replies as large providers write them.
    #[test]
    fn replies_are_told_apart() {
        use Reason::*;
        let cases = [
            (
                Stage::Recipient,
                550,
                "5.1.1 The email account that you tried to reach does not exist.",
                UnknownAddress,
            ),
            (Stage::Recipient, 550, "No such user here", UnknownAddress),
            (Stage::Recipient, 550, "5.4.1 Recipient address rejected: Access denied.", UnknownAddress),
            (Stage::Recipient, 550, "5.2.1 The email account is disabled.", UnknownAddress),
            (Stage::Recipient, 552, "5.2.2 The recipient's inbox is out of storage space", MailboxFull),
            (Stage::Recipient, 452, "4.2.2 Mailbox full", MailboxFull),
            (Stage::Recipient, 450, "4.2.0 <x@example.com>: Recipient address rejected: Greylisted", NotNow),
            (Stage::Recipient, 451, "4.7.1 Greylisting in action, please come back later", NotNow),
            (Stage::Recipient, 554, "5.7.1 Relay access denied", Permission),
            (Stage::Recipient, 530, "5.7.0 Must issue a STARTTLS command first", SignIn),
            (Stage::Channel, 535, "5.7.8 Username and Password not accepted.", SignIn),
            (Stage::Channel, 421, "4.7.0 Try again later, closing connection.", Down),
            (Stage::Mail, 421, "4.7.28 rate limited", Down),
            (Stage::Mail, 450, "4.7.28 rate limited", Busy),
            (
                Stage::Sender,
                550,
                "5.7.60 SMTP; Client does not have permissions to send as this sender",
                Permission,
            ),
            (Stage::Sender, 553, "5.1.8 Sender address rejected: Domain not found", Sender),
            (Stage::Sender, 501, "Bad sender", Sender),
            (Stage::Mail, 552, "5.3.4 Message size exceeds fixed limit", TooLong),
            (Stage::Mail, 554, "Transaction failed", Refused),
            (Stage::Mail, 451, "Requested action aborted", NotNow),
            // A status of another class is somebody else's.
            (Stage::Mail, 451, "host 10.1.1.5 said: 550 5.1.1", NotNow),
        ];
        for (stage, code, words, reason) in cases {
            let answer = meaning(stage, code, words);
            assert_eq!(answer.why().unwrap().reason, reason, "{code} {words}");
            let permanent = matches!(answer, Answer::Permanent { .. });
            assert_eq!(permanent, code >= 500 && reason != MailboxFull, "{code} {words}");
        }
        let Answer::Permanent { why, whose } =
            meaning(Stage::Recipient, 550, "5.1.1 <ana@example.com> unknown")
        else {
            panic!()
        };
        assert_eq!((why.code.as_deref(), whose), (Some("550 5.1.1"), Whose::Address));
    }

    #[test]
    fn a_status_is_read_or_nothing_is() {
        assert_eq!(status("5.1.1"), Some((5, 1, 1)));
        assert_eq!(status("4.7.500"), Some((4, 7, 500)));
        for odd in ["", "5", "5.1", "3.1.1", "5.1.1.1", "5.1.1000", "5..1", "55.1.1", "5.a.1", "10.1.1.5"] {
            assert_eq!(status(odd), None, "{odd}");
        }
        assert_eq!(status_in("permanent error (550): 5.1.1 unknown"), Some((5, 1, 1)));
        assert_eq!(status_in("host 10.1.1.5 said no"), None);
    }
}
