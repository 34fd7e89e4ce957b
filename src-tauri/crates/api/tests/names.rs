//! A whole day of the parcel room with names nobody else has: none of them is in the custody log, in what the program
//! logs, in a problem, in the stream of events, or on the lobby's screen.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::{Answer, Node, answer};
use domain::event::Report;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::json;
use station::KIOSK;
use station::wire::{KioskState, PersonForm, Step, Visit};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

const FIRST: &str = "Zyxquorn";
const LAST: &str = "Vombrellwick";
const MAIL: &str = "zqx-private@quuxmail.example";
const PHONE: &str = "+49 777 0415926";
const BADGE: &str = "7731415926";
const STAFF_BADGE: &str = "7727182818";
const PASSWORD: &str = "correct-horse-zyx-staple";
const NOTE: &str = "leave it with Oftuqlar please";
const REASON: &str = "Oftuqlar bent the hinge";
const CLERK: &str = "Quibblethorpe";

/// All that any part of the program logs.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Heard {
    type Writer = Heard;
    fn make_writer(&'a self) -> Heard {
        self.clone()
    }
}

fn named() -> PersonForm {
    PersonForm {
        preferred_name: Some(format!("{FIRST} {LAST}")),
        aliases: Some("Oftuqlar".into()),
        email: Some(MAIL.into()),
        phone: Some(PHONE.into()),
        department: Some("Grumbleworks".into()),
        badge: Some(BADGE.into()),
        ..PersonForm::named(format!("{FIRST} van {LAST}"))
    }
}

/// What names somebody, or lets somebody in.
fn secrets(codes: &[String]) -> Vec<String> {
    let known = [
        FIRST,
        LAST,
        MAIL,
        PHONE,
        BADGE,
        STAFF_BADGE,
        PASSWORD,
        NOTE,
        REASON,
        CLERK,
        "Oftuqlar",
        "Grumbleworks",
    ];
    let spaced = codes.iter().map(|c| format!("{} {}", &c[..4], &c[4..]));
    known.into_iter().map(str::to_owned).chain(codes.iter().cloned()).chain(spaced).collect()
}

#[track_caller]
fn silent(text: &str, about: &str, codes: &[String]) {
    let lower = text.to_lowercase();
    for secret in secrets(codes) {
        let at = lower.find(&secret.to_lowercase());
        let near =
            at.map(|at| lower.get(at.saturating_sub(120)..(at + 120).min(lower.len())).unwrap_or(&lower));
        assert_eq!(near, None, "{secret:?} is in {about}");
    }
}

/// Four digits, a blank, four digits: as a mail says a code.
fn code_in(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
    let four = |w: &&str| w.len() == 4;
    words.windows(2).find(|pair| pair.iter().all(four)).map(|pair| pair.concat())
}

async fn until_step(node: &Node, step: Step) -> KioskState {
    let began = Instant::now();
    loop {
        let state = node.station.as_visitor(KIOSK).state().await.unwrap();
        if matches!(&state.visit, Some(Visit::Pickup { items, .. }) if items.iter().any(|i| i.step == step)) {
            return state;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "the kiosk is never at {step:?}: {state:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The newest code that was mailed.
async fn mailed(node: &Node, known: &[String]) -> String {
    let began = Instant::now();
    loop {
        let mails = node.hands.virtual_panel().await.unwrap().mails;
        if let Some(code) = mails.first().and_then(|m| code_in(&m.text)).filter(|c| !known.contains(c)) {
            return code;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "no code was mailed: {mails:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn lobby(state: &KioskState, codes: &[String]) {
    silent(&serde_json::to_string(state).unwrap(), "the lobby's screen", codes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_the_parcel_room_names_nobody_where_names_do_not_belong() {
    let heard = Heard::default();
    let filter =
        EnvFilter::new("debug,api=trace,station=trace,store=trace,notify=trace,hardware=trace,domain=trace");
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(heard.clone()).init();

    let node = Node::start().await;
    let kiosk = node.station.as_visitor(KIOSK);
    let mut codes = Vec::new();
    let mut problems: Vec<Answer> = Vec::new();

    // People: as they should be, and in ways that are refused.
    let ada = node.hands.add_person(named()).await.unwrap();
    let session = node.station.demo_session().await.unwrap().unwrap();
    let admin = node.station.as_admin(&session).await.unwrap();
    let confirmed = node.station.confirmed(&session).await.unwrap();
    let clerk = PersonForm {
        email: Some("q@quuxmail.example".into()),
        badge: Some(STAFF_BADGE.into()),
        ..PersonForm::named(CLERK)
    };
    let clerk = admin.add_person(clerk).await.unwrap();
    admin.set_role(&confirmed, clerk, domain::person::Role::Clerk).await.unwrap();
    admin.set_password(&confirmed, clerk, PASSWORD).await.unwrap();
    node.station.sign_in("q@quuxmail.example", PASSWORD).await.unwrap();
    let wrong = node.station.sign_in(MAIL, &format!("{PASSWORD}!")).await.unwrap_err();
    silent(&format!("{wrong} {wrong:?}"), "the refusal to sign in", &codes);
    for body in [
        json!({ "name": FIRST, "email": MAIL }),
        json!({ "name": FIRST, "email": "zqx-new@quuxmail.example", "badge": BADGE }),
        json!({ "name": FIRST, "email": format!("{LAST} {PHONE}") }),
        json!({ "name": LAST.repeat(100), "email": "x@quuxmail.example" }),
        json!({ "name": [FIRST], "email": MAIL }),
        json!({ "recipient": LAST, FIRST: MAIL }),
    ] {
        problems.push(node.post("/v1/people", body).await);
    }
    problems.push(node.get(&format!("/v1/packages/{LAST}")).await);
    problems.push(node.get(&format!("/v1/packages?state={FIRST}")).await);
    problems.push(node.post("/v1/kiosk/pickups", json!({ "code": BADGE, "badge": BADGE })).await);
    problems.push(node.post("/v1/kiosk/pickups", json!({ "code": "not digits" })).await);
    problems.push(answer(node.request(Method::GET, "/v1/events").bearer_auth(PASSWORD)).await);

    // In, with a note; told by mail with a code; out by the code.
    let intake = json!({ "tracking_number": "1Z999AA10123456784", "recipient_id": ada.to_string(), "size": "S", "note": NOTE });
    let (package, label) = match node.post("/v1/packages", intake).await {
        received if received.status == 201 => {
            let package = received.text("id");
            let begun = node.post(&format!("/v1/packages/{package}/deposit"), json!({})).await;
            let opening = &begun.body["opening"];
            let label = opening["compartment"].as_str().unwrap().to_owned();
            node.until(&format!("/v1/openings/{}", opening["id"].as_str().unwrap()), "state", "open").await;
            node.shut(&label).await;
            node.until(&format!("/v1/packages/{package}"), "state", "stored").await;
            (package, label)
        }
        refused => panic!("{refused:?}"),
    };
    codes.push(mailed(&node, &codes).await);
    assert_eq!(node.post(&format!("/v1/packages/{package}/codes"), json!({})).await.status / 100, 2);
    codes.push(mailed(&node, &codes).await);
    for wrong in ["00000000", codes[0].as_str()] {
        let refused = kiosk.enter_code(wrong).await.unwrap_err();
        silent(&format!("{refused} {refused:?}"), "the refusal of a code", &codes);
    }
    lobby(&kiosk.state().await.unwrap(), &codes);
    lobby(&kiosk.enter_code(&codes[1]).await.unwrap(), &codes);
    let state = until_step(&node, Step::Open).await;
    lobby(&state, &codes);
    assert!(matches!(&state.visit, Some(Visit::Pickup { who, .. }) if who == "Z. V•••••"), "{state:?}");
    lobby(&kiosk.call_help().await.unwrap(), &codes);
    node.shut(&label).await;
    node.until(&format!("/v1/packages/{package}"), "state", "collected").await;
    lobby(&kiosk.end().await.unwrap(), &codes);

    // Another by badge, which is reported; a task, a reason on a door, a hand-over.
    let (second, door) = node.deposited(&ada.to_string()).await;
    codes.push(mailed(&node, &codes).await);
    lobby(&kiosk.badge(BADGE).await.unwrap(), &codes);
    until_step(&node, Step::Open).await;
    lobby(&kiosk.report(second.parse().unwrap(), Report::NotMine).await.unwrap(), &codes);
    node.shut(&door).await;
    lobby(&kiosk.end().await.unwrap(), &codes);
    let compartment = node.station.find_compartment("A03").await.unwrap();
    node.hands.set_fitness(compartment, false, Some(REASON)).await.unwrap();
    lobby(&kiosk.state().await.unwrap(), &codes);
    let refused = kiosk.badge("7799999999").await.unwrap_err();
    silent(&format!("{refused} {refused:?}"), "the refusal of a badge", &codes);

    // Staff at the kiosk put a third one in: what they see stands in the lobby, too.
    let third = node.package(&ada.to_string(), "S").await;
    lobby(&kiosk.badge(STAFF_BADGE).await.unwrap(), &codes);
    let waiting = kiosk.to_deposit().await.unwrap();
    assert_eq!(waiting.iter().find(|b| b.id == third).unwrap().recipient, "Z. V•••••");
    silent(&serde_json::to_string(&waiting).unwrap(), "what waits for a deposit", &codes);
    lobby(&kiosk.deposit_scan("1Z999AA10123456784").await.unwrap(), &codes);
    lobby(&kiosk.deposit_open(None).await.unwrap(), &codes);
    lobby(&kiosk.end().await.unwrap(), &codes);

    admin.export_person(&confirmed, ada).await.unwrap();
    let refused = admin.erase_person(&confirmed, ada).await.unwrap_err();
    silent(&format!("{refused} {refused:?}"), "the refusal to erase", &codes);
    admin.change_person(ada, PersonForm { active: false, badge: None, ..named() }).await.unwrap();

    assert!(problems.iter().all(|p| p.status >= 400), "{problems:?}");
    for problem in &problems {
        silent(&problem.body.to_string(), "a problem", &codes);
    }
    let log = node.station.store().events(0, 10_000).await.unwrap();
    assert!(log.len() > 60, "{}", log.len());
    for event in &log {
        silent(&event.body, &event.kind, &codes);
    }
    let last = log.last().unwrap().seq;
    let mut stream = node
        .request(Method::GET, "/v1/events")
        .bearer_auth(&node.admin)
        .header(ACCEPT, "text/event-stream")
        .send()
        .await
        .unwrap();
    let mut streamed = String::new();
    while !streamed.contains(&format!("id: {last}\n")) {
        streamed.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
    }
    silent(&streamed, "the stream of events", &codes);
    drop(stream);
    node.stop().await;
    let told = String::from_utf8(heard.0.lock().unwrap().clone()).unwrap();
    assert!(told.contains("DEBUG"), "the log was listened to");
    silent(&told, "the program's log", &codes);
}
