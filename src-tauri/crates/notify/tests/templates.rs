//! What an admin may write, what is refused when it is saved, and what no template can do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod support;

use chrono::{DateTime, Utc};
use notify::{
    Channel, Email, EmailSettings, Language, MAX_SEGMENTS, Message, NoticeKind, Part, Place, Rendered,
    Sender, Slack, SlackSettings, Sms, SmsSettings, Teams, TeamsSettings, Template, TemplateError,
    TemplateKey, Templates, Webhook, WebhookSettings, What,
};
use proptest::prelude::*;
use support::{CODE, compartment, notice};

fn at() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-23T17:30:00Z").unwrap().to_utc()
}

fn template(subject: &str, body: &str) -> Template {
    Template { subject: subject.into(), body: body.into() }
}

fn key(channel: Channel) -> TemplateKey {
    TemplateKey { channel, kind: NoticeKind::Stored, language: Language::En }
}

fn check(subject: &str, body: &str) -> Result<(), TemplateError> {
    Templates::check(key(Channel::Email), &template(subject, body))
}

const GOOD: &str = "{{ headline }}\n\n{{ how }}\n\n{{ code }}";

#[test]
fn every_default_is_sound() {
    for channel in Channel::ALL {
        for kind in NoticeKind::ALL {
            for language in Language::ALL {
                let key = TemplateKey { channel, kind, language };
                let checked = Templates::check(key, &Template::default_of(channel));
                assert_eq!(checked, Ok(()), "{key:?}");
            }
        }
    }
}

#[test]
fn a_good_template_is_taken() {
    for (subject, body) in [
        ("{{ headline }}", GOOD),
        (
            "Parcel for {{ recipient }}",
            "Go to {{ where | upper }}, {{ site }}!\n{% if code %}Code: {{ code }}{% endif %}",
        ),
        (
            "x",
            "{{ place }}\n{% if shelf %}Shelf {{ shelf }}{% elif height %}{{ height }}{% else %}?{% endif %} {{ code }}",
        ),
        ("{{ about or recipient }}", "{{ place ~ '!' }}{# a note #}\n{{ code if code else how }}"),
        ("x", "{% if not shelf and bank == 'Lobby' %}{% endif %}{{ headline | trim }}\n{{ code }}"),
    ] {
        assert_eq!(check(subject, body), Ok(()), "{body}");
    }
}

#[test]
fn a_bad_template_is_refused_with_its_line() {
    use What::*;
    let name = str::to_owned;
    for (subject, body, part, line, what) in [
        ("x", "{{ headline }}\n{{ code", Part::Body, 2, Syntax),
        ("x", "{{ headline }}\n{% if code %}", Part::Body, 2, Syntax),
        ("x", "{{ headline }}\n\n{{ kode }}", Part::Body, 3, UnknownVariable(name("kode"))),
        (
            "x",
            "{{ headline }} {{ code }}\n{% if bank == 'x' %}{{ nothing }}{% endif %}",
            Part::Body,
            2,
            UnknownVariable(name("nothing")),
        ),
        ("x", "{{ headline }} {{ code | reverse }}", Part::Body, 1, UnknownFilter(name("reverse"))),
        (
            "x",
            "{{ headline }} {{ code }}\n{% if bank == 'x' %}{{ site | md5 }}{% endif %}",
            Part::Body,
            2,
            UnknownFilter(name("md5")),
        ),
        ("x", "{{ headline }} {{ code | upper('x') }}", Part::Body, 1, NotAllowed(name("()"))),
        (
            "x",
            "{{ headline }}\n{% for c in code %}{{ c }}{% endfor %}",
            Part::Body,
            2,
            NotAllowed(name("for")),
        ),
        ("x", "{% set x = code %}{{ headline }}", Part::Body, 1, NotAllowed(name("set"))),
        ("x", "{{ headline }} {{ range(99999999) }}", Part::Body, 1, NotAllowed(name("()"))),
        ("x", "{{ headline }} {{ 'a' * 999999999 }}", Part::Body, 1, NotAllowed(name("*"))),
        ("x", "{{ headline }} {{ 2 ** 99999 }}", Part::Body, 1, NotAllowed(name("*"))),
        ("x", "{{ headline }} {{ code[:4] }}", Part::Body, 1, NotAllowed(name("[]"))),
        ("x", "{{ headline }} {{ code.upper() }}", Part::Body, 1, NotAllowed(name("()"))),
        ("{{ code }}", GOOD, Part::Subject, 1, CodeInSubject),
        ("{% if bank == 'x' %}{{ code }}{% endif %}x", GOOD, Part::Subject, 1, CodeInSubject),
        ("a\n{{ code | upper }}", GOOD, Part::Subject, 2, CodeInSubject),
        ("{{ 'x' if code else 'y' }}", GOOD, Part::Subject, 1, CodeInSubject),
        ("x", "{{ headline }} {{ code }}", Part::Body, 1, CodeInSubject),
        ("", GOOD, Part::Subject, 1, Empty),
        (" {{ shelf }} ", GOOD, Part::Subject, 1, Empty),
        ("x", " \n ", Part::Body, 1, Empty),
        ("x", "Your package is here.\n{{ place }}\n{{ code }}", Part::Body, 1, PlaceMissing),
        (
            "x",
            "{% if bank %}{{ headline }}{% else %}Hello{% endif %}\n{{ code }}",
            Part::Body,
            1,
            PlaceMissing,
        ),
        ("x", "{{ headline }}\n{{ how }}", Part::Body, 1, CodeMissing),
        ("x", "{{ headline }}\n{% if deadline %}{{ code }}{% endif %}", Part::Body, 1, CodeMissing),
        ("x", "{{ headline }}\n{{ code }} {{ code }}", Part::Body, 1, CodeTwice),
    ] {
        let error = check(subject, body).unwrap_err();
        assert_eq!(error, TemplateError { part, line, what }, "{subject} / {body}");
        for language in Language::ALL {
            assert!(!error.say(language).contains(['{', '_']), "{}", error.say(language));
        }
    }
    let long = |n: usize| format!("{{{{ headline }}}}\n{{{{ code }}}} {}", "x".repeat(n));
    assert_eq!(check("x", &long(2900)), Ok(()));
    assert_eq!(check("x", &long(3000)).unwrap_err().what, TooLong);
    assert_eq!(check("x", &long(9000)).unwrap_err().what, TooLong);
    assert_eq!(check(&"x".repeat(201), GOOD).unwrap_err().what, TooLong);
    let many = |n: usize| format!("{{{{ headline }}}}\n\n{{{{ code }}}}{}", "\n\nx".repeat(n));
    assert_eq!(check("x", &many(38)), Ok(()));
    assert_eq!(check("x", &many(39)).unwrap_err().what, TooLong);
    // A text message is short, and has no subject to look at.
    let sms = |body: &str| Templates::check(key(Channel::Sms), &template("{{ code }}", body));
    assert_eq!(sms("{{ headline }} {{ code }}"), Ok(()));
    assert_eq!(sms(&long(500)).unwrap_err().what, TooLong);
}

#[test]
fn nested_without_end_is_refused_not_followed() {
    let deep = format!("{{{{ {}code{} }}}}", "(".repeat(3000), ")".repeat(3000));
    assert!(check("x", &deep).is_err());
    let deep = "{% if code %}".repeat(600);
    assert!(check("x", &deep).is_err());
    let deep = format!("{{{{ {}code }}}}", "not ".repeat(1900));
    assert!(check("x", &deep).is_err());
}

fn senders() -> Vec<Sender> {
    let https = "https://example.com/x".to_owned();
    let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned();
    let webhook = |codes| {
        let settings = WebhookSettings { url: https.clone(), secret: secret.clone(), codes, ca_file: None };
        Sender::Webhook(Webhook::new(&settings).unwrap())
    };
    let teams =
        |personal| Sender::Teams(Teams::new(&TeamsSettings { url: https.clone(), personal }).unwrap());
    let email = EmailSettings { url: "smtp://localhost".into(), from: "a@example.com".into(), ca_file: None };
    let sms = SmsSettings {
        api: https.clone(),
        account: "AC1".into(),
        token: "t".into(),
        from: "Cubby".into(),
        ca_file: None,
    };
    let slack = SlackSettings { api: https.clone(), token: "t".into(), ca_file: None };
    vec![
        Sender::Email(Email::new(&email).unwrap()),
        Sender::Sms(Sms::new(&sms).unwrap()),
        Sender::Slack(Slack::new(&slack).unwrap()),
        teams(true),
        teams(false),
        webhook(true),
        webhook(false),
        Sender::Desktop,
    ]
}

#[test]
fn a_saved_template_is_used_for_its_message_only() {
    let senders = senders();
    let own = template("Mail room", "{{ where }} — {{ recipient }}\n\n{{ code }}");
    let templates = Templates::with([(key(Channel::Email), own)]);
    let made = |kind, language| {
        let facts = notice(kind, language, compartment());
        senders[0].message(&templates, &facts, Some(CODE), at()).message.words()
    };
    assert_eq!(
        made(NoticeKind::Stored, Language::En),
        (Some("Mail room".into()), "compartment A07 — Ana López\n\n4071 8265\n".into())
    );
    assert_ne!(made(NoticeKind::Moved, Language::En).0.unwrap(), "Mail room");
    assert_ne!(made(NoticeKind::Stored, Language::Es).0.unwrap(), "Mail room");
}

#[test]
fn a_broken_template_gives_way_and_is_told() {
    let senders = senders();
    let facts = notice(NoticeKind::Stored, Language::En, compartment());
    let default = senders[0].message(&Templates::default(), &facts, Some(CODE), at());
    for (subject, body, what) in [
        ("x", "{{ headline", What::Syntax),
        ("x", "{{ headline }} {{ gone }} {{ code }}", What::UnknownVariable("gone".into())),
        ("{{ code }}", GOOD, What::CodeInSubject),
        ("x", "{{ greeting }} {{ code }}", What::PlaceMissing),
        ("x", "{{ headline }}", What::CodeMissing),
        ("x", "{% for a in code %}{{ a }}{% endfor %}", What::NotAllowed("for".into())),
    ] {
        let templates = Templates::with([(key(Channel::Email), template(subject, body))]);
        let made = senders[0].message(&templates, &facts, Some(CODE), at());
        assert_eq!(made.message, default.message, "{body}");
        assert_eq!(made.broken.unwrap().what, what);
    }
}

#[test]
fn a_preview_shows_each_kind_on_each_channel() {
    for channel in Channel::ALL {
        for kind in NoticeKind::ALL {
            for language in Language::ALL {
                let key = TemplateKey { channel, kind, language };
                let shown = Templates::preview(key, &Template::default_of(channel), at());
                assert_eq!(shown.broken, None);
                let (subject, body) = shown.message.words();
                let first = body.lines().next().unwrap().to_lowercase();
                let place = [["compartment", "counter"], ["compartimento", "mostrador"]]
                    [usize::from(language == Language::Es)];
                assert!(place.iter().any(|place| first.contains(place)), "{key:?}: {first}");
                let for_others = matches!(kind, NoticeKind::Leaver | NoticeKind::Escalation);
                let code = !for_others && channel != Channel::Desktop;
                assert_eq!(body.contains("1234 5678"), code, "{key:?}: {body}");
                let replaces =
                    matches!(kind, NoticeKind::CodeReissued | NoticeKind::Reminder | NoticeKind::Moved);
                let said = ["replaces any earlier", "Sustituye a los anteriores"];
                assert_eq!(said.iter().any(|said| body.contains(said)), code && replaces, "{key:?}: {body}");
                assert!(subject.is_none_or(|subject| !subject.contains("1234")));
                assert!(!body.contains(['{', '_']), "{body}");
                assert!(!for_others || channel == Channel::Desktop || body.contains("Sam Taylor"), "{body}");
            }
        }
    }
    let broken = Templates::preview(key(Channel::Sms), &template("", "{{ nope }}"), at());
    assert_eq!(broken.broken.unwrap().what, What::UnknownVariable("nope".into()));
}

/// Everything that a message holds, pictures and pages too, except where a code belongs.
fn leaks(made: &Rendered, sender: &Sender) -> String {
    let told = format!("{made:?}");
    match &made.message {
        Message::Mail(mail) => {
            let entry = mail.calendar.as_deref().unwrap_or_default();
            // An identity is a hash, which may hold any four digits.
            let entry: Vec<&str> = entry.lines().filter(|line| !line.ends_with("@cubby")).collect();
            format!("{told} {} {}", mail.subject, entry.join("\n"))
        }
        Message::Text(_) | Message::Chat(_) | Message::Event(_) if sender.carries_codes() => told,
        other => format!("{told} {:?}", other.words()),
    }
}

/// Names as directories and carriers have them, and as nobody should.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-zÀ-ÿ '.-]{0,40}",
        "\\PC{0,200}",
        any::<String>(),
        Just("李小龍".repeat(50)),
        Just("🚪".repeat(150)),
        Just("{{ code }} {% raw %}".to_owned()),
        Just("1234 5678".to_owned()),
        Just("</script><script>alert(1)</script>".to_owned()),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        (name(), name(), any::<bool>()).prop_map(|(bank, label, accessible)| Place::Compartment {
            bank,
            label,
            height: notify::Height::Lower,
            accessible
        }),
        prop::option::of(name()).prop_map(|shelf| Place::Counter { shelf }),
    ]
}

fn own() -> impl Strategy<Value = Option<Template>> {
    let words = || {
        prop::collection::vec(
            prop_oneof![
                prop::sample::select(Template::variables().to_vec())
                    .prop_map(|name| format!("{{{{ {name} }}}}")),
                Just("{% if code %}{{ code }}{% endif %}".to_owned()),
                Just("{{ code | upper }}".to_owned()),
                Just("{{ headline ~ code }}".to_owned()),
                Just("\n".to_owned()),
                "[ -~]{0,12}",
            ],
            0..8,
        )
        .prop_map(|words| words.concat())
    };
    prop::option::of((words(), words()).prop_map(|(subject, body)| Template { subject, body }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_and_whoever_it_is_for(
        kind in prop::sample::select(NoticeKind::ALL.to_vec()),
        spanish in any::<bool>(),
        place in place(),
        (recipient, site, carrier, tracking) in (name(), name(), prop::option::of(name()), name()),
        (badge, code, both, paused) in any::<(bool, bool, bool, bool)>(),
        about in prop::option::of(name()),
        until in any::<bool>(),
        own in own(),
    ) {
        static SENDERS: std::sync::LazyLock<Vec<Sender>> = std::sync::LazyLock::new(senders);
        let language = if spanish { Language::Es } else { Language::En };
        let mut facts = notice(kind, language, place);
        facts.recipient_name = recipient;
        facts.site = site;
        facts.carrier = carrier;
        facts.tracking_number = tracking;
        facts.how = notify::How { badge, code, both };
        facts.about = about;
        facts.paused = paused;
        facts.until = facts.until.filter(|_| until);
        for sender in SENDERS.iter() {
            let key = TemplateKey { channel: sender.channel(), kind, language };
            let templates = Templates::with(own.clone().map(|own| (key, own)));
            let made = sender.message(&templates, &facts, Some(CODE), at());
            let (subject, body) = made.message.words();

            // No code in a subject, a log, a calendar, or on a channel that others read.
            let told = leaks(&made, sender) + &subject.clone().unwrap_or_default();
            prop_assert!(!told.contains("4071") && !told.contains("8265"), "{}: {told}", sender.channel());
            let may = sender.carries_codes() && code && !matches!(kind, NoticeKind::Leaver | NoticeKind::Escalation);
            prop_assert_eq!(body.matches("4071 8265").count(), usize::from(may), "{}: {}", sender.channel(), body);
            prop_assert!(!body.contains(CODE));

            // The place in the first line.
            let first = body.lines().next().unwrap_or_default().to_lowercase();
            let place = match (&facts.place, language) {
                (Place::Compartment { .. }, Language::En) => "compartment",
                (Place::Compartment { .. }, Language::Es) => "compartimento",
                (Place::Counter { .. }, Language::En) => "counter",
                (Place::Counter { .. }, Language::Es) => "mostrador",
            };
            prop_assert!(first.contains(place), "{}: {first}", sender.channel());
            prop_assert!(sender.channel() == Channel::Sms || !first.contains("4071"), "{first}");
            prop_assert!(subject.is_none_or(|subject| !subject.contains(['\n', '\r']) && !subject.is_empty()));

            // Nor where a first line is shown alone: in a notification, a list, a page's title.
            match &made.message {
                Message::Chat(chat) => prop_assert!(!chat.headline().contains("4071"), "{}", chat.headline()),
                Message::Mail(mail) => {
                    let head = mail.html.split("</h1>").next().unwrap_or_default();
                    prop_assert!(!head.contains("4071"), "{head}");
                }
                _ => {}
            }

            // Short where it has to be, and never a page's own words.
            match &made.message {
                Message::Text(text) => prop_assert!(text.segments() <= MAX_SEGMENTS, "{}", text.as_str()),
                Message::Mail(mail) => {
                    prop_assert_eq!(mail.html.matches("<script").count(), 1, "{}", mail.html);
                    prop_assert_eq!(mail.html.matches("4071 8265").count(), usize::from(may));
                    prop_assert_eq!(mail.qr_png.is_some(), may);
                }
                _ => {}
            }
        }
    }
}
