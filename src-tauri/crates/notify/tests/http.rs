//! The channels over HTTP against a provider on loopback that answers as the real ones do, well and badly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod support;

use std::time::Duration;

use chrono::Utc;
use notify::{
    Address, Answer, Channel, Language, Message, NoticeKind, Reason, Sender, Slack, SlackSettings, Sms,
    SmsSettings, Teams, TeamsSettings, Templates, Webhook, WebhookSettings, Whose,
};
use provider::{Act, Provider, say, wait};
use support::{CODE, EMAIL, PHONE, compartment, notice, tells_nothing};

const ID: &str = "0198f2c4-7a3b-7def-8123-456789abcdef@cubby";

fn sender(channel: Channel, url: &str) -> Sender {
    let account = "AC0123456789abcdef0123456789abcdef".to_owned();
    match channel {
        Channel::Sms => {
            let (api, token, from) = (url.to_owned(), "hunter2".to_owned(), "+34910000000".to_owned());
            Sender::Sms(Sms::new(&SmsSettings { api, account, token, from, ca_file: None }).unwrap())
        }
        Channel::Slack => {
            let (api, token) = (format!("{url}/api"), "xoxb-hunter2".to_owned());
            Sender::Slack(Slack::new(&SlackSettings { api, token, ca_file: None }).unwrap())
        }
        Channel::Teams => {
            let url = format!("{url}/workflows/1/triggers/manual/paths/invoke?sig=hunter2");
            Sender::Teams(Teams::new(&TeamsSettings { url, personal: false }).unwrap())
        }
        Channel::Webhook => {
            let (url, secret) =
                (format!("{url}/hook/hunter2"), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned());
            Sender::Webhook(
                Webhook::new(&WebhookSettings { url, secret, codes: true, ca_file: None }).unwrap(),
            )
        }
        Channel::Email | Channel::Desktop => panic!("not over HTTP"),
    }
}

const CHANNELS: [Channel; 4] = [Channel::Sms, Channel::Slack, Channel::Teams, Channel::Webhook];

fn address() -> Address {
    Address { email: Some(EMAIL.into()), phone: Some(PHONE.into()) }
}

fn message(sender: &Sender) -> Message {
    let facts = notice(NoticeKind::Stored, Language::En, compartment());
    let made = sender.message(&Templates::default(), &facts, Some(CODE), Utc::now());
    assert_eq!(made.broken, None);
    made.message
}

async fn send(sender: &Sender) -> Answer {
    let answer = sender.send(&address(), &message(sender), ID).await;
    tells_nothing(&format!(
        "{answer:?} {sender:?} {}",
        answer.why().map(ToString::to_string).unwrap_or_default()
    ));
    answer
}

fn found() -> Act {
    say(200, r#"{"ok": true, "user": {"id": "U012AB3CD", "deleted": false}}"#)
}

/// A channel whose next answer is `act`, whatever it asks before.
async fn answered(channel: Channel, act: Act) -> Answer {
    let provider = Provider::start().await;
    if channel == Channel::Slack {
        provider.will([found()]);
    }
    provider.will([act]);
    send(&sender(channel, &provider.url)).await
}

fn reason(answer: &Answer) -> Reason {
    answer.why().unwrap_or_else(|| panic!("{answer:?}")).reason
}

#[tokio::test]
async fn a_text_message_goes_as_twilio_wants_it() {
    let provider = Provider::start().await;
    provider.will([say(
        201,
        r#"{"sid": "SM0123", "status": "queued", "error_code": null, "num_segments": "1"}"#,
    )]);
    assert_eq!(send(&sender(Channel::Sms, &provider.url)).await, Answer::Gone);
    let [asked] = &provider.asked()[..] else { panic!() };
    let account = "AC0123456789abcdef0123456789abcdef";
    assert_eq!(asked.line, format!("POST /2010-04-01/Accounts/{account}/Messages.json HTTP/1.1"));
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    // AC0123456789abcdef0123456789abcdef:hunter2
    assert_eq!(
        asked.headers["authorization"],
        "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpodW50ZXIy"
    );
    let form = asked.form();
    assert_eq!((form["To"].as_str(), form["From"].as_str()), ("+34600111222", "+34910000000"));
    assert_eq!(
        form["Body"],
        "Your package is in compartment A07, Lobby. Head office, bottom row. Enter this code at the kiosk, or tap your \
         badge: 4071 8265. By 24 Nov, 18:30."
    );
}

#[tokio::test]
async fn twilio_s_codes_are_told_apart() {
    let body = |code: u32| {
        format!(r#"{{"code": {code}, "message": "The 'To' number +34600111222 is wrong", "status": 400}}"#)
    };
    for (status, code, expected, whose) in [
        (400, 21211, Reason::UnknownAddress, Some(Whose::Address)),
        (400, 21614, Reason::UnknownAddress, Some(Whose::Address)),
        (400, 21610, Reason::Unwanted, Some(Whose::Address)),
        (400, 21606, Reason::Sender, Some(Whose::Channel)),
        (400, 21408, Reason::Permission, Some(Whose::Channel)),
        (400, 21608, Reason::Account, Some(Whose::Channel)),
        (400, 21617, Reason::TooLong, Some(Whose::Message)),
        (400, 30007, Reason::Refused, Some(Whose::Message)),
        (400, 99999, Reason::Refused, Some(Whose::Message)),
        (401, 20003, Reason::SignIn, Some(Whose::Channel)),
        (404, 20404, Reason::Setting, Some(Whose::Channel)),
        (400, 30003, Reason::NotNow, None),
        (429, 20429, Reason::Busy, None),
        (503, 99999, Reason::Down, None),
    ] {
        let answer = answered(Channel::Sms, say(status, &body(code))).await;
        assert_eq!(reason(&answer), expected, "{code}");
        assert_eq!(answer.why().unwrap().code, Some(code.to_string()), "{code}");
        let found = if let Answer::Permanent { whose, .. } = answer { Some(whose) } else { None };
        assert_eq!(found, whose, "{code}");
    }
    // A gateway that sends at once says so in the message it took.
    let answer =
        answered(Channel::Sms, say(201, r#"{"sid": "SM1", "status": "undelivered", "error_code": 30005}"#))
            .await;
    assert_eq!(reason(&answer), Reason::UnknownAddress);
}

#[tokio::test]
async fn a_number_that_is_none_is_never_asked_about() {
    let provider = Provider::start().await;
    let sender = sender(Channel::Sms, &provider.url);
    for (to, expected) in [
        (Address::default(), Reason::NoAddress),
        (Address::email(EMAIL), Reason::NoAddress),
        (Address::phone("600111222"), Reason::BadAddress),
        (Address::phone("+34600111222\r\nX: y"), Reason::BadAddress),
    ] {
        let answer = sender.send(&to, &message(&sender), ID).await;
        assert!(matches!(answer, Answer::Permanent { whose: Whose::Address, .. }), "{answer:?}");
        assert_eq!(reason(&answer), expected);
    }
    for id in ["", "a b", "a\r\nb", &"x".repeat(201)] {
        let answer = sender.send(&address(), &message(&sender), id).await;
        assert_eq!(reason(&answer), Reason::Refused, "{id}");
    }
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn slack_is_asked_for_the_person_once() {
    let provider = Provider::start().await;
    let sender = sender(Channel::Slack, &provider.url);
    provider.will([found(), say(200, r#"{"ok": true, "ts": "1"}"#), say(200, r#"{"ok": true, "ts": "2"}"#)]);
    assert_eq!(send(&sender).await, Answer::Gone);
    assert_eq!(send(&sender).await, Answer::Gone);
    let [lookup, first, second] = &provider.asked()[..] else { panic!() };
    assert_eq!(lookup.line, "POST /api/users.lookupByEmail HTTP/1.1");
    assert_eq!(lookup.form()["email"], EMAIL.to_lowercase());
    assert_eq!(first.line, "POST /api/chat.postMessage HTTP/1.1");
    assert_eq!(first.headers["authorization"], "Bearer xoxb-hunter2");
    assert_eq!(first.body, second.body);
    let posted = first.json();
    assert_eq!(posted["channel"], "U012AB3CD");
    // Shown on locked screens.
    assert_eq!(posted["text"], "Your package is in compartment A07, Lobby");
    assert_eq!(posted["metadata"]["event_payload"]["id"], ID);
    assert_eq!(posted["blocks"][0]["text"]["text"], "Your package is in compartment A07, Lobby");
    let codes =
        posted["blocks"].as_array().unwrap().iter().filter(|block| block["text"]["text"] == "4071 8265");
    assert_eq!(codes.map(|block| block["type"].clone()).collect::<Vec<_>>(), ["header"]);

    // Somebody who came back under another id is found again, and only then.
    let gone = say(200, r#"{"ok": false, "error": "channel_not_found"}"#);
    let back = say(200, r#"{"ok": true, "user": {"id": "U99"}}"#);
    provider.will([gone, back, say(200, r#"{"ok": true}"#)]);
    assert_eq!(send(&sender).await, Answer::Gone);
    assert_eq!(provider.asked().last().unwrap().json()["channel"], "U99");
}

#[tokio::test]
async fn slack_s_errors_are_told_apart() {
    for (error, expected, whose) in [
        ("users_not_found", Reason::UnknownAddress, Some(Whose::Address)),
        ("channel_not_found", Reason::UnknownAddress, Some(Whose::Address)),
        ("invalid_auth", Reason::SignIn, Some(Whose::Channel)),
        ("token_revoked", Reason::SignIn, Some(Whose::Channel)),
        ("account_inactive", Reason::Account, Some(Whose::Channel)),
        ("missing_scope", Reason::Permission, Some(Whose::Channel)),
        ("messages_tab_disabled", Reason::Setting, Some(Whose::Channel)),
        ("invalid_blocks", Reason::Refused, Some(Whose::Message)),
        ("msg_too_long", Reason::TooLong, Some(Whose::Message)),
        ("never_heard_of_it", Reason::Refused, Some(Whose::Message)),
        ("fatal_error", Reason::Down, None),
        ("ratelimited", Reason::Busy, None),
    ] {
        let body = format!(r#"{{"ok": false, "error": "{error}"}}"#);
        // As the answer to the question who it is, and to the message itself.
        let provider = Provider::start().await;
        provider.will([say(200, &body)]);
        let early = send(&sender(Channel::Slack, &provider.url)).await;
        assert_eq!(provider.asked().len(), 1);
        let late = answered(Channel::Slack, say(200, &body)).await;
        for answer in [early, late] {
            assert_eq!(reason(&answer), expected, "{error}");
            assert_eq!(answer.why().unwrap().code.as_deref(), Some(error));
            let found = if let Answer::Permanent { whose, .. } = answer { Some(whose) } else { None };
            assert_eq!(found, whose, "{error}");
        }
    }
    let provider = Provider::start().await;
    provider.will([say(200, r#"{"ok": true, "user": {"id": "U1", "deleted": true}}"#)]);
    assert_eq!(reason(&send(&sender(Channel::Slack, &provider.url)).await), Reason::UnknownAddress);
}

#[tokio::test]
async fn teams_gets_a_card_and_no_code() {
    let provider = Provider::start().await;
    provider.will([say(202, "")]);
    assert_eq!(send(&sender(Channel::Teams, &provider.url)).await, Answer::Gone);
    let [asked] = &provider.asked()[..] else { panic!() };
    assert_eq!(asked.line, "POST /workflows/1/triggers/manual/paths/invoke?sig=hunter2 HTTP/1.1");
    assert_eq!(asked.headers["content-type"], "application/json; charset=utf-8");
    let posted = asked.json();
    assert_eq!((&posted["type"], posted.get("recipient")), (&"message".into(), None));
    let card = &posted["attachments"][0];
    assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(card["content"]["body"][0]["inlines"][0]["text"], "Your package is in compartment A07, Lobby");
    assert!(!asked.body.contains("4071") && !asked.body.contains("Image"), "{}", asked.body);
    assert!(asked.body.contains("enter the code we sent you separately"));
}

#[tokio::test]
async fn teams_gets_the_code_where_only_the_person_reads_it() {
    let provider = Provider::start().await;
    let url = format!("{}/flow", provider.url);
    let sender = Sender::Teams(Teams::new(&TeamsSettings { url, personal: true }).unwrap());
    assert!(sender.carries_codes());
    provider.will([say(200, "1")]);
    assert_eq!(send(&sender).await, Answer::Gone);
    let posted = provider.asked()[0].json();
    assert_eq!(posted["recipient"], EMAIL);
    let body = posted["attachments"][0]["content"]["body"].as_array().unwrap();
    let at = body.iter().position(|part| part["inlines"][0]["text"] == "4071 8265").unwrap();
    let picture = body[at + 1]["url"].as_str().unwrap();
    assert!(picture.starts_with("data:image/png;base64,"));
    assert!(posted.to_string().len() < 28 * 1024 / 4, "{}", posted.to_string().len());
    // Without a person there is nobody to post to.
    let answer = sender.send(&Address::phone(PHONE), &message(&sender), ID).await;
    assert_eq!(reason(&answer), Reason::NoAddress);
    // A message made for a private chat is not posted to a room.
    let made = message(&sender);
    let room = self::sender(Channel::Teams, &provider.url);
    assert_eq!(reason(&room.send(&address(), &made, ID).await), Reason::Refused);
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn a_workflow_that_is_gone_is_the_channel_s_fault() {
    for status in [400, 401, 403, 404] {
        let answer =
            answered(Channel::Teams, say(status, r#"{"error": {"code": "WorkflowTriggerIsNotEnabled"}}"#))
                .await;
        assert!(matches!(answer, Answer::Permanent { whose: Whose::Channel, .. }), "{status}: {answer:?}");
    }
    assert_eq!(reason(&answered(Channel::Teams, say(413, "")).await), Reason::TooLong);
}

#[tokio::test]
async fn a_webhook_has_one_id_however_often_it_is_sent() {
    let provider = Provider::start().await;
    let sender = sender(Channel::Webhook, &provider.url);
    provider.will([say(503, ""), say(204, "")]);
    let made = message(&sender);
    assert_eq!(reason(&sender.send(&address(), &made, ID).await), Reason::Down);
    assert_eq!(sender.send(&address(), &made, ID).await, Answer::Gone);
    let [first, second] = &provider.asked()[..] else { panic!() };
    assert_eq!(first.headers["webhook-id"], ID);
    assert_eq!(second.headers["webhook-id"], ID);
    assert_eq!(first.body, second.body);
    assert!(first.headers["webhook-signature"].starts_with("v1,"));
    let posted = first.json();
    assert_eq!((&posted["type"], &posted["version"]), (&"notice.stored".into(), &1.into()));
    assert_eq!(posted["data"]["place"]["label"], "A07");
    assert_eq!(posted["data"]["code"], CODE);
    assert_eq!(posted["data"]["recipient"]["email"], EMAIL);
    assert!(
        posted["data"]["text"]["body"]
            .as_str()
            .unwrap()
            .starts_with("Your package is in compartment A07, Lobby")
    );

    let answer = answered(Channel::Webhook, say(410, "")).await;
    assert_eq!(reason(&answer), Reason::Stopped);
    assert!(matches!(answer, Answer::Permanent { whose: Whose::Channel, .. }));
}

#[tokio::test]
async fn a_webhook_gets_no_code_unless_the_admin_said_so() {
    let provider = Provider::start().await;
    let (url, secret) = (provider.url.clone(), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned());
    let shy =
        Sender::Webhook(Webhook::new(&WebhookSettings { url, secret, codes: false, ca_file: None }).unwrap());
    provider.will([say(200, "")]);
    assert_eq!(send(&shy).await, Answer::Gone);
    let asked = &provider.asked()[0];
    assert!(!asked.body.contains("4071"), "{}", asked.body);
    let made = message(&sender(Channel::Webhook, &provider.url));
    assert_eq!(reason(&shy.send(&address(), &made, ID).await), Reason::Refused);
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn every_channel_waits_as_long_as_it_is_asked_to() {
    for channel in CHANNELS {
        let answer = answered(channel, wait(429, "120", "{}")).await;
        let Answer::Temporary { why, retry_after } = answer else { panic!("{channel}: {answer:?}") };
        assert_eq!((why.reason, retry_after), (Reason::Busy, Some(Duration::from_secs(120))), "{channel}");

        let date =
            (Utc::now() + chrono::Duration::seconds(600)).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let answer = answered(channel, wait(503, &date, "{}")).await;
        let Answer::Temporary { why, retry_after: Some(after) } = answer else { panic!("{channel}") };
        assert_eq!(why.reason, Reason::Down);
        assert!((500..=600).contains(&after.as_secs()), "{channel}: {after:?}");
    }
}

#[tokio::test]
async fn trouble_on_the_way_is_a_matter_of_time_on_every_channel() {
    for channel in CHANNELS {
        let expected: &[(Act, Reason)] = &[
            (say(500, "<html>Oops, +34600111222</html>"), Reason::Down),
            (say(502, ""), Reason::Down),
            (say(408, ""), Reason::Slow),
            (Act::Cut, Reason::Unreachable),
            (Act::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), Reason::Unreachable),
            (Act::Bytes(vec![0, 255, 1, 254]), Reason::Unreachable),
        ];
        for (act, expected) in expected {
            let answer = answered(channel, act.clone()).await;
            assert!(matches!(answer, Answer::Temporary { .. }), "{channel} {act:?}: {answer:?}");
            assert_eq!(reason(&answer), *expected, "{channel} {act:?}");
            assert!(answer.blames_channel());
        }
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let answer = send(&sender(channel, &format!("http://{nobody}"))).await;
        assert_eq!(reason(&answer), Reason::Unreachable, "{channel}");
    }
}

#[tokio::test]
async fn a_yes_counts_however_badly_the_rest_comes() {
    for channel in [Channel::Sms, Channel::Teams, Channel::Webhook] {
        for act in [Act::CutAfter(200, "{".into()), Act::Flood(200), say(200, "garbage")] {
            assert_eq!(answered(channel, act.clone()).await, Answer::Gone, "{channel} {act:?}");
        }
    }
    // Slack says yes in the body: without it nobody knows.
    for act in
        [Act::CutAfter(200, "{".into()), Act::Flood(200), say(200, "garbage"), say(200, "[]"), say(200, "{}")]
    {
        let answer = answered(Channel::Slack, act.clone()).await;
        assert_eq!(reason(&answer), Reason::Garbled, "{act:?}");
        assert!(matches!(answer, Answer::Temporary { .. }));
    }
}

#[tokio::test]
async fn no_channel_follows_a_redirect() {
    let elsewhere = Provider::start().await;
    for channel in CHANNELS {
        let act = Act::Say(307, format!("Location: {}/\r\n", elsewhere.url), String::new());
        let answer = answered(channel, act).await;
        assert_eq!(reason(&answer), Reason::Setting, "{channel}");
    }
    assert!(elsewhere.asked().is_empty(), "a token went elsewhere");
}

/// Virtual time: the clock jumps to the next deadline as soon as everybody waits.
#[tokio::test(start_paused = true)]
async fn a_provider_that_says_nothing_is_given_up() {
    for channel in CHANNELS {
        let provider = Provider::start().await;
        provider.will([Act::Silence, Act::Silence]);
        let began = tokio::time::Instant::now();
        let answer = send(&sender(channel, &provider.url)).await;
        assert_eq!(reason(&answer), Reason::Slow, "{channel}");
        assert!(began.elapsed() < Duration::from_secs(61), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_message_for_another_channel_is_not_sent() {
    let provider = Provider::start().await;
    for channel in CHANNELS {
        let made = message(&sender(channel, &provider.url));
        for other in CHANNELS {
            let chats = [Channel::Slack, Channel::Teams];
            if other == channel || (chats.contains(&channel) && chats.contains(&other)) {
                continue;
            }
            let answer = sender(other, &provider.url).send(&address(), &made, ID).await;
            assert_eq!(reason(&answer), Reason::Refused, "{channel} by {other}");
        }
    }
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn only_who_is_trusted_is_told() {
    let (provider, certificate) = Provider::start_tls().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate).unwrap();
    let webhook = |url: &str, trusted: bool| {
        let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned();
        let ca_file = trusted.then(|| file.path().to_owned());
        let settings = WebhookSettings { url: url.to_owned(), secret, codes: true, ca_file };
        Sender::Webhook(Webhook::new(&settings).unwrap())
    };
    provider.will([say(200, "")]);
    assert_eq!(reason(&send(&webhook(&provider.url, false)).await), Reason::Certificate);
    let other_name = provider.url.replace("localhost", "127.0.0.1");
    assert_eq!(reason(&send(&webhook(&other_name, true)).await), Reason::Certificate);
    assert!(provider.asked().is_empty());
    assert_eq!(send(&webhook(&provider.url, true)).await, Answer::Gone);
    assert!(provider.asked()[0].body.contains(CODE));
}
