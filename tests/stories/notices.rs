//! Everybody hears of it: by the channel they chose, by the next when one fails, once when it was told, and staff when
//! nobody could be.

use domain::PackageId;
use domain::time::{HOUR, MINUTE, SECOND};
use notify::{MailboxSettings, SmsSettings, WebhookSettings};
use provider::{Act, Asked, ImapServer, Provider, bounce, say, wait};
use serde_json::Value;
use station::wire::{
    ChannelForm, ChannelName, ChannelState, LanguageName, NoticeItem, NoticeKindName, NoticeProgress,
    PersonForm, QuietHours, TaskName, TemplateKey, TemplateText,
};
use station::{Admin, ChannelSettings};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use stories::{Room, until};

fn sms(provider: &Provider) -> SmsSettings {
    SmsSettings {
        api: provider.url.clone(),
        account: "AC0123456789abcdef0123456789abcdef".into(),
        token: "hunter2".into(),
        from: "+34910000000".into(),
        ca_file: None,
    }
}

pub(crate) fn webhook(provider: &Provider) -> WebhookSettings {
    WebhookSettings {
        url: format!("{}/hook", provider.url),
        secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".into(),
        codes: true,
        ca_file: None,
    }
}

fn yes(_: &Asked) -> Act {
    say(201, r#"{"sid": "SM0123", "status": "queued"}"#)
}

fn no(code: u32) -> Act {
    say(400, &format!(r#"{{"code": {code}, "message": "no", "status": 400}}"#))
}

/// Both channels, each with a provider that takes all.
async fn both() -> (Room, Provider, Provider) {
    let (texts, hooks) = (Provider::start().await, Provider::start().await);
    texts.always(yes);
    hooks.always(yes);
    let channels = ChannelSettings {
        sms: Some(sms(&texts)),
        webhook: Some(webhook(&hooks)),
        ..ChannelSettings::default()
    };
    (Room::new().await.with_channels(channels).await, texts, hooks)
}

async fn with_texts() -> (Room, Provider) {
    let texts = Provider::start().await;
    texts.always(yes);
    let channels = ChannelSettings { sms: Some(sms(&texts)), ..ChannelSettings::default() };
    (Room::new().await.with_channels(channels).await, texts)
}

fn ada() -> PersonForm {
    PersonForm {
        phone: Some("+34 600 111 222".into()),
        channel: Some("sms".into()),
        badge: Some("1111".into()),
        ..PersonForm::named("Ada")
    }
}

/// What was asked of a provider until so many requests came.
pub(crate) async fn asked(provider: &Provider, many: usize) -> Vec<Asked> {
    let mut all = Vec::new();
    until(&format!("{many} requests"), async || {
        all.extend(provider.asked());
        all.len() >= many
    })
    .await;
    all
}

fn code_in(text: &str) -> String {
    let digits: Vec<char> = text.chars().collect();
    let found = digits
        .windows(9)
        .find(|w| w.iter().enumerate().all(|(n, c)| if n == 4 { *c == ' ' } else { c.is_ascii_digit() }));
    found.expect("a code").iter().filter(|c| c.is_ascii_digit()).collect()
}

pub(crate) async fn unsent(room: &Room, state: NoticeProgress) -> Vec<NoticeItem> {
    room.staff.notices(state, None).await.unwrap().rows
}

pub(crate) async fn all_told(room: &Room) {
    until("nothing waits", async || unsent(room, NoticeProgress::Waiting).await.is_empty()).await;
}

pub(crate) async fn story(room: &Room, package: PackageId) -> Vec<String> {
    let page = room.staff.package(package).await.unwrap();
    page.story.into_iter().map(|line| line.kind).filter(|kind| kind.starts_with("notice.")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_by_their_own_channel_with_a_code_that_opens_and_that_nobody_keeps() {
    let (room, texts, hooks) = both().await;
    let ada = room.staff.add_person(ada()).await.unwrap();
    let (package, _) = room.stored(ada).await;
    let text = asked(&texts, 1).await[0].form()["Body"].clone();
    assert!(text.starts_with("Your package is in compartment A"), "{text}");
    let code = code_in(&text);
    all_told(&room).await;
    assert!(hooks.asked().is_empty(), "one channel is enough");
    assert_eq!(story(&room, package).await, ["notice.written", "notice.sent"]);
    assert_eq!(room.station.store().sealed().await.unwrap(), Vec::<Vec<u8>>::new());
    room.kiosk().enter_code(&code).await.unwrap();
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_number_goes_the_next_way_at_once() {
    let (room, texts, hooks) = both().await;
    texts.always(|_| no(21211));
    let ada = room.staff.add_person(ada()).await.unwrap();
    let (package, _) = room.stored(ada).await;
    let told = asked(&hooks, 1).await[0].json();
    assert_eq!(told["type"], "notice.stored");
    assert_eq!(told["data"]["code"].as_str().unwrap().len(), 8, "the code goes along");
    all_told(&room).await;
    assert_eq!(story(&room, package).await, ["notice.written", "notice.redirected", "notice.sent"]);
    assert!(room.tasks().await.is_empty());
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_s_wish_to_wait_is_heeded_and_a_yes_is_never_asked_for_twice() {
    let (room, texts) = with_texts().await;
    texts.will([wait(429, "60", "{}")]);
    let ada = room.staff.add_person(ada()).await.unwrap();
    room.stored(ada).await;
    asked(&texts, 1).await;
    until("it waits", async || unsent(&room, NoticeProgress::Waiting).await[0].attempts == 1).await;
    room.clock.pass(30 * SECOND);
    // Somebody else's message finds the channel resting, too.
    let form = PersonForm { phone: Some("+34 600 111 333".into()), ..PersonForm::named("Bea") };
    let bea = room.staff.add_person(form).await.unwrap();
    room.stored(bea).await;
    let resting = room.staff.channels().await.unwrap();
    let state = &resting.channels.iter().find(|c| c.channel == ChannelName::Sms).unwrap().state;
    assert!(matches!(state, ChannelState::Resting { .. }), "{state:?}");
    assert!(texts.asked().is_empty(), "not before the minute is over");
    room.clock.pass(31 * SECOND);
    let told = asked(&texts, 2).await;
    all_told(&room).await;
    assert_eq!(told.len() + texts.asked().len(), 2);
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_hears_things_in_order_whatever_others_hear() {
    let (room, texts) = with_texts().await;
    let ada = room.staff.add_person(ada()).await.unwrap();
    let form = PersonForm { phone: Some("+34 600 111 333".into()), ..PersonForm::named("Bea") };
    let bea = room.staff.add_person(form).await.unwrap();
    let again = Arc::new(AtomicUsize::new(0));
    let counted = again.clone();
    // Ada's telephone is off for the first two tries.
    texts.always(move |asked| {
        match asked.form()["To"].ends_with("222") && counted.fetch_add(1, SeqCst) < 2 {
            true => no(30003),
            false => yes(asked),
        }
    });
    let (first, _) = room.stored(ada).await;
    let (second, _) = room.stored(ada).await;
    room.stored(bea).await;
    until("only Ada's two wait", async || {
        let waiting = unsent(&room, NoticeProgress::Waiting).await;
        waiting.len() == 2 && waiting[0].attempts == 1
    })
    .await;
    let waiting = unsent(&room, NoticeProgress::Waiting).await;
    assert_eq!(waiting[1].attempts, 0, "the second waits for the first");
    assert_eq!(waiting[0].package_id, first.to_string());
    texts.asked();
    let mut told = Vec::new();
    until("both are told", async || {
        room.clock.pass(MINUTE);
        told.extend(texts.asked());
        unsent(&room, NoticeProgress::Waiting).await.is_empty()
    })
    .await;
    told.extend(texts.asked());
    assert_eq!(told.len(), 3, "one more no, then each once");
    let [one, two] = [told.len() - 2, told.len() - 1].map(|n| code_in(&told[n].form()["Body"]));
    room.kiosk().enter_code(&one).await.unwrap();
    until("the first one's door", async || {
        stories::items(&room.kiosk().state().await.unwrap()).iter().any(|i| i.package == first.to_string())
    })
    .await;
    assert_ne!((one, first), (two, second));
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_could_not_be_told_is_a_task_and_sending_again_brings_a_new_code_to_the_new_number() {
    let (room, texts) = with_texts().await;
    texts.always(|_| no(21614));
    let ada_id = room.staff.add_person(ada()).await.unwrap();
    let (package, _) = room.stored(ada_id).await;
    let old = code_in(&asked(&texts, 1).await[0].form()["Body"]);
    until("a task", async || room.tasks().await.iter().any(|t| t.kind == TaskName::CouldNotBeTold)).await;
    let [failed] = &unsent(&room, NoticeProgress::Failed).await[..] else { panic!() };
    let why = failed.why.as_ref().unwrap();
    assert!(why.en.contains("21614") && why.es.contains("21614") && why.en != why.es, "{why:?}");
    assert!(room.station.store().sealed().await.unwrap().is_empty(), "no code is kept for nobody");

    let form = PersonForm { phone: Some("+34 600 111 999".into()), badge: None, ..ada() };
    room.staff.change_person(ada_id, form).await.unwrap();
    texts.always(yes);
    room.staff.send_again(failed.id.parse().unwrap()).await.unwrap();
    let told = asked(&texts, 1).await[0].form();
    assert_eq!(told["To"], "+34600111999");
    let new = code_in(&told["Body"]);
    assert_ne!(old, new);
    all_told(&room).await;
    assert!(unsent(&room, NoticeProgress::Failed).await.is_empty() && room.tasks().await.is_empty());
    assert!(room.staff.send_again(failed.id.parse().unwrap()).await.is_err(), "it is told");
    assert_eq!(
        story(&room, package).await,
        ["notice.written", "notice.failed", "notice.again", "notice.sent"]
    );
    room.kiosk().enter_code(&new).await.unwrap();
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_middle_of_sending_sends_it_again_under_the_same_name_and_only_once() {
    let hooks = Provider::start().await;
    let channels = ChannelSettings { webhook: Some(webhook(&hooks)), ..ChannelSettings::default() };
    let room = Room::new().await.with_channels(channels).await;
    // The provider has it, and the answer never comes: nobody can know.
    hooks.will([Act::Silence]);
    let ada = room.staff.add_person(ada()).await.unwrap();
    let (package, _) = room.stored(ada).await;
    let first = asked(&hooks, 1).await;
    hooks.always(yes);
    let room = room.restart().await;
    let again = asked(&hooks, 1).await;
    assert_eq!(first[0].headers["webhook-id"], again[0].headers["webhook-id"], "known for a repeat");
    assert_eq!(first[0].json()["data"]["code"], again[0].json()["data"]["code"]);
    all_told(&room).await;
    let room = room.restart().await;
    all_told(&room).await;
    assert!(hooks.asked().is_empty(), "after the yes, never again");
    assert_eq!(story(&room, package).await, ["notice.written", "notice.sent"]);
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_down_is_gone_around_told_to_staff_and_forgotten_when_it_is_well() {
    let (room, texts, hooks) = both().await;
    texts.always(|_| say(503, "{}"));
    let ada_id = room.staff.add_person(ada()).await.unwrap();
    room.stored(ada_id).await;
    // Once is chance, three times is not.
    for _ in 0..3 {
        asked(&texts, 1).await;
        room.clock.pass(30 * SECOND);
    }
    until("the other way", async || {
        room.clock.pass(MINUTE);
        !hooks.asked().is_empty()
    })
    .await;
    let is_down = async || room.tasks().await.iter().any(|t| t.kind == TaskName::ChannelDown);
    until("a task", async || {
        room.clock.pass(MINUTE);
        is_down().await
    })
    .await;
    let health = room.staff.health().await.unwrap().devices;
    assert!(health.iter().any(|d| d.name == "sms" && !d.ok && d.why.is_some()));

    texts.always(yes);
    room.stored(ada_id).await;
    until("no task", async || {
        room.clock.pass(MINUTE);
        !is_down().await
    })
    .await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_hold_back_what_can_wait_and_not_what_was_asked_for() {
    let (room, texts) = with_texts().await;
    let ada_id = room.staff.add_person(ada()).await.unwrap();
    let hours = |hours: i64| {
        let at = (room.station.now().0 / HOUR + hours).rem_euclid(24);
        format!("{at:02}:00")
    };
    let access = room.station.access(&room.token).await.unwrap().unwrap();
    let admin: Admin = room.station.rights_by(access).unwrap();
    let mut deadlines = admin.deadlines().await.unwrap().deadlines;
    deadlines.business.zone = "UTC".into();
    admin.set_deadlines(deadlines).await.unwrap();
    // From an hour ago until two hours from now, wherever this machine's clock stands.
    let quiet = QuietHours { from: hours(-1), until: hours(2) };
    room.staff.set_quiet_hours(ada_id, Some(quiet.clone())).await.unwrap();
    assert_eq!(room.staff.person(ada_id).await.unwrap().quiet, Some(quiet));
    let (package, _) = room.stored(ada_id).await;
    let [waiting] = &unsent(&room, NoticeProgress::Waiting).await[..] else { panic!() };
    assert!(waiting.next_at.as_ref() > Some(&waiting.since));
    room.clock.pass(30 * MINUTE);
    assert!(texts.asked().is_empty());
    // Who asks for a new code stands at the kiosk: all that waits is said, and in order.
    room.staff.reissue_code(package).await.unwrap();
    let told = asked(&texts, 2).await;
    let codes = [0, 1].map(|n: usize| code_in(&told[n].form()["Body"]));
    assert_ne!(codes[0], codes[1]);
    all_told(&room).await;
    room.kiosk().enter_code(&codes[1]).await.unwrap();

    room.stored(ada_id).await;
    room.clock.pass(3 * HOUR);
    asked(&texts, 1).await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_meanwhile_is_not_told_any_more() {
    let (room, texts) = with_texts().await;
    texts.always(|_| say(503, "{}"));
    let ada_id = room.staff.add_person(ada()).await.unwrap();
    let (package, channel) = room.stored(ada_id).await;
    asked(&texts, 1).await;
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(station::wire::Step::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;
    texts.always(yes);
    texts.asked();
    until("it is over", async || {
        room.clock.pass(MINUTE);
        unsent(&room, NoticeProgress::Waiting).await.is_empty()
    })
    .await;
    assert!(texts.asked().is_empty() && room.tasks().await.is_empty());
    assert!(unsent(&room, NoticeProgress::Failed).await.is_empty());
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_never_goes_where_others_read() {
    let hooks = Provider::start().await;
    hooks.always(yes);
    let open = WebhookSettings { codes: false, ..webhook(&hooks) };
    let channels = ChannelSettings { webhook: Some(open), ..ChannelSettings::default() };
    let room = Room::new().await.with_channels(channels).await;
    let ada_id = room.staff.add_person(ada()).await.unwrap();
    room.stored(ada_id).await;
    let told = asked(&hooks, 1).await[0].json();
    assert_eq!(told["data"]["code"], Value::Null);
    assert_eq!(told["data"]["how"]["code"], false, "no code is spoken of that nobody gets");
    assert_eq!(told["data"]["how"]["badge"], true);
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sets_a_channel_tries_it_writes_its_words_and_nothing_broken_is_kept() {
    let texts = Provider::start().await;
    let room = Room::mailing().await;
    let (admin, confirmed) = room.admin().await;
    let form = |token: Option<&str>| ChannelForm::Sms {
        api: texts.url.clone(),
        account: "AC0123456789abcdef0123456789abcdef".into(),
        token: token.map(str::to_owned),
        from: "+34910000000".into(),
    };
    assert!(admin.set_channel(&confirmed, form(None)).await.is_err(), "there is no token yet");
    admin.set_channel(&confirmed, form(Some("hunter2"))).await.unwrap();
    admin.set_channel(&confirmed, form(None)).await.unwrap();
    let shown = serde_json::to_string(&admin.channels().await.unwrap()).unwrap();
    assert!(shown.contains("+34910000000") && !shown.contains("hunter2"), "{shown}");

    let key =
        TemplateKey { channel: ChannelName::Sms, kind: NoticeKindName::Stored, language: LanguageName::En };
    let text = |body: &str| TemplateText { subject: String::new(), body: body.into() };
    let mute = text("It is in {{ where }}.");
    let preview = admin.preview_template(key.clone(), mute.clone());
    assert_eq!(preview.fault.map(|f| f.line), Some(1), "it says nothing of the code");
    assert!(admin.set_template(key.clone(), Some(mute)).await.is_err());
    let own = text("Hola! {{ headline }}. {{ how }} {{ code }}");
    admin.set_template(key.clone(), Some(own.clone())).await.unwrap();
    assert_eq!(admin.template(key.clone()).own, Some(own));
    assert_eq!(admin.templates().own, std::slice::from_ref(&key));

    texts.always(yes);
    let sent = admin.test_channel(key.clone(), None, "+34 600 111 222").await.unwrap();
    assert_eq!(sent.why, None);
    assert!(asked(&texts, 1).await[0].form()["Body"].starts_with("Hola!"));
    texts.always(|_| no(21211));
    let sent = admin.test_channel(key.clone(), None, "+34 600 111 222").await.unwrap();
    assert!(sent.why.unwrap().en.contains("21211"));
    // Else it would be taken for the next one's.
    asked(&texts, 1).await;

    // Who chose nothing is told by the site's order.
    texts.always(yes);
    admin.set_channel_order(vec![ChannelName::Sms, ChannelName::Email]).await.unwrap();
    let form = PersonForm { channel: None, email: Some("ada@example.com".into()), ..ada() };
    let ada_id = room.staff.add_person(form).await.unwrap();
    room.stored(ada_id).await;
    assert!(asked(&texts, 1).await[0].form()["Body"].starts_with("Hola!"));
    admin.set_template(key.clone(), None).await.unwrap();
    admin.remove_channel(&confirmed, ChannelName::Sms).await.unwrap();
    room.stored(ada_id).await;
    all_told(&room).await;
    assert!(texts.asked().is_empty(), "by mail from now on");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_has_an_owner_until_they_give_it_back() {
    let room = Room::mailing().await;
    let (admin, _) = room.admin().await;
    room.staff
        .add_person(PersonForm { badge: Some("1111".into()), ..PersonForm::named("Bea") })
        .await
        .unwrap();
    room.kiosk().call_help().await.unwrap();
    let [task] = &room.tasks().await[..] else { panic!() };
    let id = task.id.parse().unwrap();
    admin.take_task(id, true).await.unwrap();
    assert_eq!(room.tasks().await[0].owner.as_deref(), Some("Grace"));
    assert!(!room.tasks().await[0].mine && admin.tasks().await.unwrap()[0].mine);
    assert!(room.staff.take_task(id, true).await.is_err(), "a token is nobody");
    admin.take_task(id, false).await.unwrap();
    assert_eq!(room.tasks().await[0].owner, None);
    room.verify().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_comes_back_was_not_told_and_a_report_of_nothing_is_nothing() {
    let room = Room::mailing().await;
    let form = PersonForm { email: Some("ada@example.com".into()), channel: None, ..ada() };
    let ada_id = room.staff.add_person(form).await.unwrap();
    let (package, _) = room.stored(ada_id).await;
    room.code_of(package).await;
    all_told(&room).await;
    let told = room.station.store().notices_to(ada_id).await.unwrap();
    let server = ImapServer::start();
    server.put("1", &bounce(&format!("{}.0@cubby", uuid::Uuid::new_v4()), "eve@example.com"));
    server.put("2", &bounce(&format!("{}.0@cubby", told[0].id), "ada@example.com"));
    let bounces = MailboxSettings { url: server.url(), folder: None, ca_file: Some(server.certificate()) };
    let channels = ChannelSettings { bounces: Some(bounces), ..ChannelSettings::default() };
    let room = room.with_channels(channels).await;
    until("a task", async || room.tasks().await.iter().any(|t| t.kind == TaskName::CouldNotBeTold)).await;
    let [failed] = &unsent(&room, NoticeProgress::Failed).await[..] else { panic!() };
    assert_eq!(
        (failed.package_id.as_str(), failed.channel),
        (package.to_string().as_str(), ChannelName::Email)
    );
    assert!(failed.why.as_ref().unwrap().en.contains("5.1.1"), "{failed:?}");
    assert_eq!(story(&room, package).await, ["notice.written", "notice.sent", "notice.failed"]);
    // They mend the address and send it again: with a new code.
    room.staff.send_again(failed.id.parse().unwrap()).await.unwrap();
    all_told(&room).await;
    room.kiosk().enter_code(&room.code_of(package).await).await.unwrap();
    room.verify().await;
}
