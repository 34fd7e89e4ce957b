//! By which channel a notice goes, and how fast: as its reader wishes, and as fast as a provider takes.

use crate::notices::{all_told, asked, story, unsent, webhook};
use domain::event::Channel;
use domain::package::PackageSize;
use domain::time::HOUR;
use provider::{Limited, Provider, say};
use station::ChannelSettings;
use station::wire::{ChannelForm, NoticeProgress, PersonForm, QuietHours};
use stories::Room;

/// A room that mails and texts.
async fn mailing_and_texting() -> (Room, Provider) {
    let texts = Provider::start().await;
    texts.always(|_| say(201, r#"{"sid": "SM0123", "status": "queued"}"#));
    let room = Room::mailing().await;
    let (admin, confirmed) = room.admin().await;
    let form = ChannelForm::Sms {
        api: texts.url.clone(),
        account: "AC0123456789abcdef0123456789abcdef".into(),
        token: Some("hunter2".into()),
        from: "+34910000000".into(),
    };
    admin.set_channel(&confirmed, form).await.unwrap();
    (room, texts)
}

async fn boss(room: &Room) {
    let form = PersonForm {
        email: Some("boss@example.com".into()),
        phone: Some("+34 600 111 999".into()),
        channel: Some("sms".into()),
        ..PersonForm::named("Boss")
    };
    room.staff.add_person(form).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_of_somebody_elses_package_hears_of_it_their_own_way() {
    let (room, texts) = mailing_and_texting().await;
    boss(&room).await;
    let ada = room.person("Ada", "1111").await;
    room.manager(ada, "boss@example.com").await;
    let (package, _) = room.stored(ada).await;
    let page = room.staff.person(ada).await.unwrap();
    room.staff.change_person(ada, PersonForm { active: false, ..page.form }).await.unwrap();
    let text = asked(&texts, 1).await[0].form()["Body"].clone();
    assert!(text.contains("Ada"), "{text}");
    all_told(&room).await;
    let told = story(&room, package).await;
    assert_eq!(told[told.len() - 3..], ["notice.written", "notice.redirected", "notice.sent"]);
    let mails = room.staff.virtual_panel().await.unwrap().mails;
    assert!(mails.iter().all(|mail| mail.to != "boss@example.com"), "one way is enough");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_takes_so_many_a_second_gets_each_once_and_no_more_than_it_takes() {
    const A_SECOND: usize = 8;
    let hooks = Limited::start(A_SECOND).await;
    let channels = ChannelSettings { webhook: Some(webhook(&hooks.provider)), ..ChannelSettings::default() };
    let room = Room::new().await.with_channels(channels).await;
    for n in 0..30 {
        let reader = room.staff.add_person(PersonForm::named(format!("Reader {n}"))).await.unwrap();
        let package = room.received(reader, PackageSize::S).await;
        room.staff.shelve(package, &format!("S{n}")).await.unwrap();
    }
    all_told(&room).await;
    let (taken, refused) = (hooks.taken(), hooks.refused());
    assert_eq!((taken.len(), taken.values().max()), (30, Some(&1)), "each once");
    assert!(refused <= 12, "{refused} refusals for 30 messages");
    assert!(unsent(&room, NoticeProgress::Failed).await.is_empty());
    room.verify().await;
}

#[tokio::test]
async fn many_that_are_due_at_once_do_not_wait_for_one_another() {
    let room = Room::mailing().await;
    let (admin, _) = room.admin().await;
    let mut deadlines = admin.deadlines().await.unwrap().deadlines;
    deadlines.business.zone = "UTC".into();
    admin.set_deadlines(deadlines).await.unwrap();
    // It is night for all of them, wherever this machine's clock stands.
    let hour = |on: i64| format!("{:02}:00", (room.station.now().0 / HOUR + on).rem_euclid(24));
    let night = QuietHours { from: hour(-1), until: hour(2) };
    let mut packages = Vec::new();
    for n in 0..40 {
        let form = PersonForm {
            email: Some(format!("reader{n}@example.com")),
            ..PersonForm::named(format!("Reader {n}"))
        };
        let reader = room.staff.add_person(form).await.unwrap();
        room.staff.set_quiet_hours(reader, Some(night.clone())).await.unwrap();
        let package = room.received(reader, PackageSize::S).await;
        room.staff.shelve(package, &format!("S{n}")).await.unwrap();
        packages.push(package);
    }
    assert_eq!(room.station.store().outbox_waiting().await.unwrap(), [(Channel::Email, 40)]);
    // Every other one is fetched in the night: of that there is nothing to tell any more.
    for package in packages.iter().step_by(2) {
        room.staff.hand_over(*package, None).await.unwrap();
    }
    room.clock.pass(3 * HOUR);
    all_told(&room).await;
    let mails = room.staff.virtual_panel().await.unwrap().mails;
    assert_eq!(mails.iter().filter(|mail| mail.to.starts_with("reader")).count(), 20);
    room.verify().await;
}
