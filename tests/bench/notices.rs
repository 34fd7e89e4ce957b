//! Ten thousand notices due at once, one of the two channels down: how long they take beside the provider's own rate,
//! whether each arrives once, what memory they need, and what doors notice of it.

use crate::door;
use crate::measure::setting;
use domain::event::{Actor, Channel, Event};
use domain::package::PackageSize;
use domain::time::{HOUR, Wall};
use domain::{NoticeId, PackageId, PersonId};
use notify::{How, Language, Notice, NoticeKind, Place, SmsSettings, WebhookSettings};
use provider::{Act, Limited, Provider, say};
use station::ChannelSettings;
use station::wire::PersonForm;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use stories::{Room, stamp};
use uuid::Uuid;

/// Requests a second that the provider takes.
const RATE: usize = 100;

pub async fn notices() {
    let count = setting("CUBBY_BENCH_NOTICES", 10_000);
    println!("\n## {count} notices due at once, one channel of two down");
    let room = Room::new().await;
    let idle = door::idle(&room).await;
    let hooks = Limited::start(RATE).await;
    let texts = Provider::start().await;
    let (well, taken) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(HashMap::<_, usize>::new())));
    let (by_text, is_well) = (taken.clone(), well.clone());
    texts.always(move |asked| {
        if !is_well.load(Relaxed) {
            return Act::Cut;
        }
        *by_text.lock().unwrap().entry(asked.form()["Body"].clone()).or_default() += 1;
        say(201, r#"{"sid": "SM0123", "status": "queued"}"#)
    });
    // A fifth waits for the channel that is down, and has no other.
    let down = count / 5;
    let written = fill(&room, count, down).await;
    let channels = ChannelSettings {
        sms: Some(SmsSettings {
            api: texts.url.clone(),
            account: "AC0123456789abcdef0123456789abcdef".into(),
            token: "hunter2".into(),
            from: "+34910000000".into(),
            ca_file: None,
        }),
        webhook: Some(WebhookSettings {
            url: format!("{}/hook", hooks.provider.url),
            secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".into(),
            codes: true,
            ca_file: None,
        }),
        ..ChannelSettings::default()
    };
    let room = room.with_channels(channels).await;
    let before = resident();
    room.clock.pass(HOUR);
    let began = Instant::now();
    let watching = tokio::spawn(watch(room.station.clone(), down));
    let beside = door::beside_notices(&room).await;
    let (drained, most) = watching.await.unwrap();
    let rate = (count - down) as f64 / RATE as f64;
    println!(
        "{} drained in {:.1} s beside {rate:.1} s at the provider's {RATE} a second, ratio {:.2}",
        count - down,
        drained.as_secs_f64(),
        drained.as_secs_f64() / rate
    );
    well.store(true, Relaxed);
    room.clock.pass(HOUR);
    while waiting(&room.station).await > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!(
        "and the {down} of the other channel once it was well, {:.1} s in all",
        began.elapsed().as_secs_f64()
    );
    let ended = ended(&room).await;
    println!("by the log: {ended}");
    let mut taken = taken.lock().unwrap().clone();
    taken.extend(hooks.taken());
    let twice = taken.values().filter(|n| **n > 1).count();
    // The visits' own are told by the webhook, too.
    let ours = |name: &String| !name.ends_with("@cubby") || written.contains(name);
    let taken = taken.keys().filter(|name| ours(name)).count();
    println!("taken {taken} of {count}: lost {}, taken twice {twice}", count - taken);
    println!("memory: {before:.0} MiB before, {most:.0} MiB at most");
    println!("doors' p99 beside it {beside:.2} ms, {idle:.2} ms without, ratio {:.2}", beside / idle);
}

/// Packages on a shelf, of two hundred people, each with a notice that waits. Says how a webhook would name them.
async fn fill(room: &Room, count: usize, down: usize) -> HashSet<String> {
    let mut written = HashSet::new();
    let language = Language::En;
    let mut people: Vec<PersonId> = Vec::new();
    for n in 0..200 {
        let phone = (n < 40).then(|| format!("+34 600 {n:06}"));
        let channel = phone.as_ref().map(|_| "sms".to_owned());
        let form = PersonForm { phone, channel, ..PersonForm::named(format!("Person {n}")) };
        people.push(room.staff.add_person(form).await.unwrap());
    }
    let store = room.station.store();
    for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
        let mut tx = store.begin(stamp()).await.unwrap();
        for n in chunk {
            let by_text = n % (count / down) == 0;
            let person = if by_text { people[n / 5 % 40] } else { people[40 + n % 160] };
            let (package, notice) = (PackageId(Uuid::now_v7()), NoticeId(Uuid::now_v7()));
            written.insert(format!("{notice}.0@cubby"));
            let tracking_number = format!("N{n:06}");
            let by = Actor::System;
            let received = Event::Received {
                package,
                tracking_number: tracking_number.clone(),
                carrier: None,
                recipient: person,
                size: PackageSize::S,
                handling: vec![],
                by,
            };
            tx.append(&received).await.unwrap();
            tx.append(&Event::Shelved { package, place: format!("S{n:06}"), by }).await.unwrap();
            let channel = if by_text { Channel::Sms } else { Channel::Webhook };
            tx.append(&Event::NoticeWritten { notice, package, person, channel }).await.unwrap();
            let body = Notice {
                kind: NoticeKind::Shelved,
                language,
                site: "Head office".into(),
                recipient_name: "Person".into(),
                carrier: None,
                tracking_number,
                place: Place::Counter { shelf: Some(format!("S{n:06}")) },
                until: None,
                how: How { badge: true, code: false, both: false },
                about: None,
                paused: false,
            };
            let body = serde_json::to_string(&body).unwrap();
            // Not before the channels are set up.
            let due = Wall(tx.stamp().wall.0 + HOUR);
            tx.put_outbox(notice, &body, None, due).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    written
}

async fn waiting(station: &station::Station) -> i64 {
    station.store().outbox_waiting().await.unwrap().into_iter().map(|(_, n)| n).sum()
}

/// Until only those of the channel that is down are left: how long, and how much memory at most.
async fn watch(station: station::Station, down: usize) -> (Duration, f64) {
    let (began, mut most) = (Instant::now(), resident());
    while waiting(&station).await > i64::try_from(down).unwrap() {
        most = most.max(resident());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    (began.elapsed(), most.max(resident()))
}

/// What became of them all, as the database says.
async fn ended(room: &Room) -> String {
    let pool = crate::history::pool(&room.folder.path().join("cubby.db")).await;
    let query = "select n.channel || ' ' || n.state || ' ' || coalesce(o.why, '') || ' ' || count(*) from notice n left join outbox o on o.notice = n.id group by n.channel, n.state, o.why";
    let rows: Vec<String> = sqlx::query_scalar(query).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows.join(", ")
}

/// MiB of memory that are this process's own, the mapped database not counted; 0 where nobody says.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap_or_default();
    let kib = line.split_whitespace().nth(1).and_then(|text| text.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}
