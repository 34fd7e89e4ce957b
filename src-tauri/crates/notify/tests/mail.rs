//! What a recipient reads, in both languages, for every place and way in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod support;

use notify::{Height, How, Language, Notice, NoticeKind, Place};
use support::mail as render;

const CODE: &str = "40718265";

fn compartment() -> Place {
    Place::Compartment {
        bank: "Lobby".into(),
        label: "A07".into(),
        height: Height::Bottom,
        accessible: false,
    }
}

fn notice(language: Language, kind: NoticeKind, place: Place) -> Notice {
    Notice {
        kind,
        language,
        site: "Head office".into(),
        recipient_name: "Ana López".into(),
        carrier: Some("DHL".into()),
        tracking_number: "1234 5678 9012".into(),
        place,
        until: Some("2026-11-24T18:30:00+01:00".into()),
        how: How { badge: true, code: true, both: false },
        about: None,
        paused: false,
    }
}

#[test]
fn english_compartment() {
    let mail = render(&notice(Language::En, NoticeKind::Stored, compartment()), Some(CODE));
    assert_eq!(mail.subject, "Your package is in compartment A07, Lobby");
    assert_eq!(
        mail.text,
        "\
Your package is in compartment A07, Lobby

Hello Ana López,

Compartment A07 in bank Lobby, Head office — bottom row

Please collect it by Tuesday, 24 November 2026 at 18:30.

Enter this code at the kiosk, show the QR, or tap your badge:

4071 8265

The code is yours alone and works once.

Carrier: DHL
Tracking number: 123456789012

Need help? The parcel room team is glad to help, also with a lost code.
"
    );
}

#[test]
fn spanish_counter() {
    let place = Place::Counter { shelf: Some("B3".into()) };
    let mut facts = notice(Language::Es, NoticeKind::Moved, place);
    facts.how.code = false;
    let mail = render(&facts, None);
    assert_eq!(mail.subject, "Su paquete ha pasado al mostrador");
    assert_eq!(
        mail.text,
        "\
Su paquete ha pasado al mostrador

Hola, Ana López:

Mostrador, Head office — estante B3

Venga cuando el mostrador esté atendido, por favor.

Lo hemos cambiado de sitio: ya no está donde decía un mensaje anterior.

Recójalo, por favor, antes del martes, 24 de noviembre de 2026, a las 18:30.

Enseñe su tarjeta en el mostrador.

Transportista: DHL
Número de seguimiento: 123456789012

¿Necesita ayuda? El equipo de paquetería le atenderá con gusto, también si ha perdido un código.
"
    );
}

#[test]
fn an_escalation_says_whose_it_is_and_never_the_code() {
    let mut facts = notice(Language::En, NoticeKind::Escalation, compartment());
    facts.recipient_name = "Sam Taylor".into();
    facts.about = Some("Ana López".into());
    let mail = render(&facts, Some(CODE));
    assert_eq!(mail.subject, "A package is still in compartment A07, Lobby");
    assert_eq!(
        mail.text,
        "\
A package is still in compartment A07, Lobby

Hello Sam Taylor,

Compartment A07 in bank Lobby, Head office — bottom row

It is for Ana López, who has been told and has not collected it yet.

It can stay there until Tuesday, 24 November 2026 at 18:30.

Please remind them, or tell the parcel room team what should happen to it.

Carrier: DHL
Tracking number: 123456789012

Need help? The parcel room team is glad to help, also with a lost code.
"
    );
    assert_eq!((mail.qr_png, mail.calendar), (None, None));
}

#[test]
fn each_kind_says_what_it_is_about() {
    let shelf = || Place::Counter { shelf: Some("B3".into()) };
    for (kind, place, subject, note) in [
        (
            NoticeKind::Reminder,
            compartment(),
            "Reminder: your package is in compartment A07, Lobby",
            "Please collect it by Tuesday, 24 November 2026 at 18:30.",
        ),
        (
            NoticeKind::Removed,
            shelf(),
            "Your package has moved to the counter",
            "It waited longer than compartments are kept, so we took it to the shelf.",
        ),
        (
            NoticeKind::Expedited,
            compartment(),
            "Perishable: your package is in compartment A07, Lobby",
            "It is perishable: please collect it as soon as you can.",
        ),
        (
            NoticeKind::Expedited,
            shelf(),
            "Perishable: your package is at the counter",
            "Counter, Head office — shelf B3",
        ),
        (
            NoticeKind::Leaver,
            shelf(),
            "A package at the counter is for someone who has left",
            "Tell the parcel room team what should happen to it.",
        ),
    ] {
        let mail = render(&notice(Language::En, kind, place), Some(CODE));
        assert_eq!(mail.subject, subject);
        assert_eq!(mail.text.lines().next(), Some(subject));
        assert!(mail.text.lines().any(|line| line == note), "{}", mail.text);
    }
}

#[test]
fn who_may_have_an_earlier_code_reads_that_the_new_one_replaces_it() {
    for (language, replaces) in
        [(Language::En, "It replaces any earlier code"), (Language::Es, "Sustituye a los")]
    {
        for kind in NoticeKind::ALL {
            let brings = matches!(kind, NoticeKind::CodeReissued | NoticeKind::Reminder | NoticeKind::Moved);
            let mail = render(&notice(language, kind, compartment()), Some(CODE));
            assert_eq!(mail.text.contains(replaces), brings, "{kind:?}: {}", mail.text);
            let mail = render(&notice(language, kind, compartment()), None);
            assert!(!mail.text.contains(replaces), "{kind:?} without a code: {}", mail.text);
        }
    }
}

#[test]
fn machines_read_a_parcel_delivery() {
    let mut facts = notice(Language::En, NoticeKind::Stored, compartment());
    facts.carrier = Some("</script> & co".into());
    let mail = render(&facts, Some(CODE));
    let (_, rest) = mail.html.split_once("<script type=\"application/ld+json\">").unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    let read: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!((&read["@context"], &read["@type"]), (&"https://schema.org".into(), &"ParcelDelivery".into()));
    assert_eq!(read["trackingNumber"], "123456789012");
    assert_eq!(read["provider"]["name"], "</script> & co");
    assert_eq!(read["deliveryStatus"]["availableThrough"], "2026-11-24T18:30:00+01:00");
    assert!(!json.contains("4071"), "{json}");
}

/// "1234 5678", and nothing longer around it.
fn codes(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let groups = chars.windows(9).filter(|window| {
        window.iter().enumerate().all(|(at, c)| if at == 4 { c.is_whitespace() } else { c.is_numeric() })
    });
    groups.map(|window| window.iter().collect()).collect()
}

#[test]
fn every_mail_says_the_place_first_and_shows_the_code_as_promised() {
    let places = [
        compartment(),
        Place::Compartment {
            bank: "1234".into(),
            label: "5678".into(),
            height: Height::Top,
            accessible: true,
        },
        Place::Counter { shelf: None },
        Place::Counter { shelf: Some("1234 5678".into()) },
    ];
    let kinds = [NoticeKind::Stored, NoticeKind::Shelved, NoticeKind::CodeReissued, NoticeKind::Moved];
    let mut hows = 0;
    for language in [Language::En, Language::Es] {
        for place in &places {
            for kind in kinds {
                for (badge, code_known, code) in [
                    (true, true, Some(CODE)),
                    (false, true, Some("4071 8265")),
                    (true, true, None),
                    (false, true, None),
                    (true, false, None),
                    (false, false, Some(CODE)),
                ] {
                    hows += 1;
                    let mut facts = notice(language, kind, place.clone());
                    facts.how = How { badge, code: code_known, both: false };
                    facts.recipient_name = "1234 5678".into();
                    facts.site = "Plaza 1234\u{a0}5678".into();
                    facts.carrier = None;
                    let mail = render(&facts, code);
                    let shown = code_known && code.is_some();

                    let word = match (language, place) {
                        (Language::En, Place::Compartment { .. }) => "compartment",
                        (Language::En, Place::Counter { .. }) => "counter",
                        (Language::Es, Place::Compartment { .. }) => "compartimento",
                        (Language::Es, Place::Counter { .. }) => "mostrador",
                    };
                    let first = mail.text.lines().next().unwrap();
                    assert!(first.contains(word) && mail.subject.contains(word), "{first}");

                    assert_eq!(
                        codes(&mail.text),
                        if shown { vec!["4071 8265"] } else { vec![] },
                        "{}",
                        mail.text
                    );
                    assert_eq!(mail.text.lines().any(|line| line == "4071 8265"), shown);
                    if let Some((before, after)) = mail.text.split_once("4071 8265") {
                        assert!(!before.contains("123456789012") && after.contains("123456789012"));
                    }
                    assert!(!mail.subject.contains("4071") && !format!("{mail:?}").contains("8265"));
                    assert_eq!(mail.html.matches("4071 8265").count(), usize::from(shown));
                    assert!(!mail.html.contains(CODE));
                    assert_eq!(mail.qr_png.is_some(), shown);
                    assert_eq!(mail.html.contains("cid:"), shown);

                    // A key or a hole left in a text would show an underscore or a brace.
                    for odd in ["_", "{", "}"] {
                        assert!(!mail.text.contains(odd), "{}", mail.text);
                    }
                }
            }
        }
    }
    assert_eq!(hows, 2 * 4 * 4 * 6);
}

#[test]
fn what_can_t_be_said_is_left_out() {
    let mut facts = notice(Language::En, NoticeKind::Stored, compartment());
    facts.until = Some("tomorrow".into());
    facts.tracking_number = " \n".into();
    facts.recipient_name = String::new();
    let mail = render(&facts, Some("not a code"));
    assert!(!mail.text.contains("collect it by") && !mail.text.contains("Tracking"));
    assert!(mail.text.contains("\nHello,\n"));
    assert_eq!((mail.qr_png, mail.text.contains("sent you separately")), (None, true));
}

#[test]
fn the_html_is_escaped_and_says_the_same() {
    let mut facts = notice(Language::En, NoticeKind::Stored, compartment());
    facts.recipient_name = "<img src=x onerror=\"alert(1)\"> & 'co'".into();
    let html = render(&facts, Some(CODE)).html;
    assert!(!html.contains("<img src=x"), "{html}");
    assert!(html.contains("&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; &#x27;co&#x27;"), "{html}");
    for said in
        ["Compartment A07 in bank Lobby, Head office — bottom row", "24 November 2026 at 18:30", "DHL"]
    {
        assert!(html.contains(said), "{said}");
    }
    assert!(html.contains("max-width:560px") && html.contains("#0b5d57"));
}

#[test]
fn the_outbox_keeps_plain_json() {
    let facts = notice(Language::Es, NoticeKind::CodeReissued, compartment());
    let json = serde_json::to_value(&facts).unwrap();
    assert_eq!(json["kind"], "code_reissued");
    assert_eq!(json["language"], "es");
    assert_eq!(
        json["place"],
        serde_json::json!({"kind": "compartment", "bank": "Lobby", "label": "A07", "height": "bottom", "accessible": false})
    );
    assert_eq!(serde_json::from_value::<Notice>(json).unwrap(), facts);
    let counter: Place = serde_json::from_str(r#"{"kind": "counter", "shelf": null}"#).unwrap();
    assert_eq!(counter, Place::Counter { shelf: None });
}
