//! Made-up notices, and what must never be told of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)] // each test uses its part

use notify::{Channel, Height, How, Language, Mail, Message, Notice, NoticeKind, Place, Templates};

pub const CODE: &str = "40718265";
pub const EMAIL: &str = "Ana.Lopez@example.com";
pub const PHONE: &str = "+34 600 111 222";

pub fn compartment() -> Place {
    Place::Compartment {
        bank: "Lobby".into(),
        label: "A07".into(),
        height: Height::Bottom,
        accessible: false,
    }
}

pub fn notice(kind: NoticeKind, language: Language, place: Place) -> Notice {
    Notice {
        kind,
        language,
        site: "Head office".into(),
        recipient_name: "Ana López".into(),
        carrier: Some("DHL".into()),
        tracking_number: "JD01 4600 0012 3456".into(),
        place,
        until: Some("2026-11-24T18:30:00+01:00".into()),
        how: How { badge: true, code: true, both: false },
        about: None,
        paused: false,
    }
}

/// Nothing that is told may hold what is private.
pub fn tells_nothing(told: &str) {
    for secret in
        ["40718265", "4071 8265", "example.com", "600111222", "600 111 222", "hunter2", "xoxb", "sig="]
    {
        assert!(!told.to_lowercase().contains(secret), "{secret} in {told}");
    }
}

/// The mail for a notice in the default words.
pub fn mail(notice: &Notice, code: Option<&str>) -> Mail {
    match Templates::default().render(Channel::Email, notice, code, chrono::Utc::now()).message {
        Message::Mail(mail) => mail,
        _ => panic!("the email channel makes mails"),
    }
}
