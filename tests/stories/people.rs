//! People by the list, in a running room: looked at, applied, left, and what happens meanwhile.

use domain::package::PackageSize;
use station::wire::{ImportFailureKind, ImportOptions, ImportStage, ImportState, PersonForm};
use station::{Error, Supervisor};
use stories::{Room, until};

fn options() -> ImportOptions {
    ImportOptions { encoding: None, columns: [].into(), leavers: false, many_leavers: false }
}

fn list(people: usize, department: &str) -> String {
    let line = |n: usize| format!("{n},Person {n},p{n}@example.com,{department},{}\n", 700_000 + n);
    format!("id,name,email,department,badge\n{}", (0..people).map(line).collect::<String>())
}

async fn reach(room: &Room, stage: ImportStage) -> ImportState {
    until("the import", async || room.supervisor().await.import_state().is_some_and(|s| s.stage == stage))
        .await;
    room.supervisor().await.import_state().unwrap()
}

/// Hands a file over in pieces and has it compared.
async fn compared(room: &Room, text: &str) -> ImportState {
    let begun = room.supervisor().await.import_begin("people.csv").unwrap();
    for piece in text.as_bytes().chunks(1_000) {
        room.supervisor().await.import_bytes(&begun.id, piece).unwrap();
    }
    room.supervisor().await.import_read(&begun.id, options()).await.unwrap();
    reach(room, ImportStage::Ready).await
}

async fn settled(room: &Room) {
    let report = room.station.store().check().await.unwrap();
    assert!(report.fault.is_none(), "{:?}", report.fault);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_at_in_the_window_and_then_taken_in_while_the_room_goes_on() {
    let room = Room::new().await;
    let ready = compared(&room, &list(800, "R&D")).await;
    let preview = ready.preview.unwrap();
    assert_eq!((preview.counts.added, preview.added.len()), (800, 20));
    assert_eq!(ready.sheet.unwrap().columns[4].target.as_deref(), Some("badges"));
    assert!(room.station.store().person_by_email("p1@example.com").await.unwrap().is_none());

    room.supervisor().await.import_apply(&ready.id).unwrap();
    // Meanwhile somebody fetches a package, and staff add and change people.
    let zoe = room.person("Zoe", "40856634").await;
    let (package, channel) = room.stored(zoe).await;
    room.kiosk().badge("40856634").await.unwrap();
    until("open", async || room.bank.door(channel).unwrap().open).await;
    let form = PersonForm { phone: Some("+34 1".into()), ..PersonForm::named("Zoë") };
    room.staff.change_person(zoe, form).await.unwrap();
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;

    reach(&room, ImportStage::Done).await;
    let store = room.station.store();
    let last = store.person_by_email("p799@example.com").await.unwrap().unwrap();
    assert!(last.has_badge && last.active);
    assert_eq!(store.person(zoe).await.unwrap().unwrap().detail.phone.as_deref(), Some("+34 1"));
    settled(&room).await;
    // New hires can be given something at once.
    room.received(last.id, PackageSize::S).await;
    assert_eq!(compared(&room, &list(800, "R&D")).await.preview.unwrap().counts.unchanged, 800);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_decided_is_finished_after_a_restart() {
    let room = Room::new().await;
    let ready = compared(&room, &list(1_500, "R&D")).await;
    room.supervisor().await.import_apply(&ready.id).unwrap();
    until("a part of it", async || {
        room.station.store().person_by_email("p10@example.com").await.unwrap().is_some()
    })
    .await;
    let room = room.restart().await;
    until("the rest", async || {
        room.station.store().person_by_email("p1499@example.com").await.unwrap().is_some()
    })
    .await;
    until("nothing left to do", async || !room.folder.path().join("people-import.json").exists()).await;
    settled(&room).await;
    assert_eq!(compared(&room, &list(1_500, "R&D")).await.preview.unwrap().counts.unchanged, 1_500);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_before_it_was_decided_leaves_nothing() {
    let room = Room::new().await;
    let head = room.station.store().head().await.unwrap().0;
    let ready = compared(&room, &list(50, "R&D")).await;
    let left = room.supervisor().await.import_cancel(&ready.id).unwrap();
    assert_eq!(left.stage, ImportStage::Cancelled);
    assert!(room.supervisor().await.import_apply(&ready.id).is_err());
    assert_eq!(room.station.store().head().await.unwrap().0, head);

    // One that can't be read says why, and can be read in another way.
    let begun = room.supervisor().await.import_begin("people.csv").unwrap();
    room.supervisor().await.import_bytes(&begun.id, b"who,address\nAda,ada@example.com\n").unwrap();
    room.supervisor().await.import_read(&begun.id, options()).await.unwrap();
    let failed = reach(&room, ImportStage::Failed).await;
    assert_eq!(failed.failure.unwrap().kind, ImportFailureKind::NoKeyColumn);
    let columns = [("who".to_owned(), "name".to_owned()), ("address".to_owned(), "email".to_owned())].into();
    room.supervisor().await.import_read(&begun.id, ImportOptions { columns, ..options() }).await.unwrap();
    assert_eq!(reach(&room, ImportStage::Ready).await.preview.unwrap().added[0].name, "Ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_takes_no_list_in() {
    let room = Room::new().await;
    let token = station::Station::create_token(room.station.store(), stories::stamp(), station::Scope::Staff)
        .await
        .unwrap();
    let access = room.station.access(&token).await.unwrap().unwrap();
    assert!(matches!(room.station.rights_by::<Supervisor>(access), Err(Error::NotAllowed)));
}
