//! Who may fetch what: leavers, delegates, holds, lost codes, badges, and two factors.

use domain::event::{IdentityCheck, OverrideReason};
use domain::package::{Handling, PackageSize};
use domain::time::{DAY, HOUR, Wall};
use domain::{BadgeId, PackageId, PersonId};
use station::wire::{
    AwaitingName, FactorName, ImportOptions, KioskState, OpeningState, Own, PersonForm, PolicyView, Step,
    TaskName, Visit, WaysInName,
};
use station::{Delegate, Error, Override, Received};
use stories::{Room, items, until};

fn own(state: &KioskState) -> Own {
    match &state.visit {
        Some(Visit::Pickup { own, .. }) => own.clone(),
        other => panic!("a recipient's visit, not {other:?}"),
    }
}

fn needs(state: &KioskState) -> Option<FactorName> {
    match &state.visit {
        Some(Visit::Pickup { needs, .. }) => *needs,
        _ => None,
    }
}

async fn with_mail(room: &Room, name: &str, badge: Option<&str>) -> PersonId {
    let email = format!("{}@example.com", name.to_lowercase());
    let form = PersonForm {
        email: Some(email),
        badge: badge.map(Into::into),
        phone: Some(format!("+1 (555) 01{:02}-{:04}", name.len(), name.len() * 7)),
        ..PersonForm::named(name)
    };
    room.staff.add_person(form).await.unwrap()
}

async fn set_active(room: &Room, person: PersonId, active: bool) {
    let page = room.staff.person(person).await.unwrap();
    room.staff.change_person(person, PersonForm { active, ..page.form }).await.unwrap();
}

/// Behind a door, with this handling.
async fn stored(room: &Room, recipient: PersonId, handling: Vec<Handling>) -> (PackageId, u8) {
    let tracking_number = format!("T{}", uuid::Uuid::new_v4().simple());
    let intake = Received { tracking_number, recipient, size: PackageSize::S, handling, note: None };
    let package = room.staff.receive(intake).await.unwrap().id.parse().unwrap();
    let opening = room.staff.deposit(package, None).await.unwrap();
    let channel = room.channel(opening.compartment.parse().unwrap()).await;
    room.until_opening(opening.id.parse().unwrap(), OpeningState::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Stored").await;
    (package, channel)
}

fn days(room: &Room, n: i64) -> Wall {
    Wall(room.station.now().0 + n * DAY)
}

async fn story(room: &Room, package: PackageId) -> Vec<(String, Option<String>, Option<String>)> {
    let page = room.staff.package(package).await.unwrap();
    page.story.into_iter().map(|l| (l.kind, l.who, l.detail.get("principal").cloned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_new_fetches_at_once_and_who_left_opens_nothing() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", Some("1111")).await;
    let bob = with_mail(&room, "Bob", Some("2222")).await;
    let (package, _) = room.stored(ada).await;
    let code = room.code_of(package).await;
    let to_bob = Delegate { delegate: bob, package: None, from: None, until: None };
    room.staff.delegate(ada, to_bob).await.unwrap();
    let for_bob = Delegate { delegate: ada, package: None, from: None, until: None };
    room.staff.delegate(bob, for_bob).await.unwrap();
    set_active(&room, ada, false).await;
    assert!(matches!(room.kiosk().badge("1111").await, Err(Error::CredentialRefused)), "her badge");
    assert!(matches!(room.kiosk().enter_code(&code).await, Err(Error::CredentialRefused)), "her code");
    let state = room.kiosk().badge("2222").await.unwrap();
    assert_eq!(items(&state).len(), 0, "her delegate has nothing of hers");
    let bobs = room.staff.person(bob).await.unwrap();
    assert!(bobs.delegations.is_empty(), "both ways: {:?}", bobs.delegations);
    let task = room.tasks().await.into_iter().find(|t| t.kind == TaskName::LeaverPackage).unwrap();
    assert_eq!(task.package_id, Some(package.to_string()));
    assert!(matches!(room.staff.reissue_code(package).await, Err(Error::Refused(_))));
    // Back again: the badge works, a code can be issued, and the task is no more.
    set_active(&room, ada, true).await;
    assert!(room.tasks().await.iter().all(|t| t.kind != TaskName::LeaverPackage));
    room.staff.reissue_code(package).await.unwrap();
    room.kiosk().end().await.unwrap();
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manager_is_told_of_a_leavers_package_and_taking_it_out_settles_it() {
    let room = Room::mailing().await;
    with_mail(&room, "Boss", None).await;
    let ada = with_mail(&room, "Ada", Some("1111")).await;
    room.manager(ada, "boss@example.com").await;
    let (package, channel) = room.stored(ada).await;
    set_active(&room, ada, false).await;
    let mail = room.mail_to("boss@example.com").await;
    assert!(mail.contains("Ada") && mail.contains("no longer active"), "{mail}");
    let opening = room.staff.removal(package).await.unwrap();
    room.until_opening(opening.id.parse().unwrap(), OpeningState::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Received").await;
    assert!(room.tasks().await.iter().all(|t| t.kind != TaskName::LeaverPackage));
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_ends_when_its_person_leaves_and_no_moving_door_is_cut_short() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let (first, one) = room.stored(ada).await;
    let (second, two) = room.stored(ada).await;
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    set_active(&room, ada, false).await;
    let state = room.kiosk().state().await.unwrap();
    assert!(state.visit.is_some(), "her door is still open");
    room.bank.shut(one);
    room.until_state(first, "Collected").await;
    until("the visit is over", async || room.kiosk().state().await.unwrap().visit.is_none()).await;
    assert!(!room.bank.door(two).unwrap().open, "the second never opened");
    assert_eq!(room.state(second).await, "Stored");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delegate_fetches_with_a_code_of_their_own_and_both_names_are_told() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", Some("1111")).await;
    let bob = with_mail(&room, "Bob", None).await;
    let (package, channel) = room.stored(ada).await;
    let hers = room.code_of(package).await;
    let given = Delegate { delegate: bob, package: Some(package), from: None, until: None };
    room.staff.delegate(ada, given).await.unwrap();
    let mail = room.mail_to("bob@example.com").await;
    assert!(mail.contains("It is for Ada"), "{mail}");
    let his = room.code_in(&mail);
    assert_ne!(hers, his);
    let state = room.kiosk().enter_code(&his).await.unwrap();
    assert_eq!(items(&state)[0].principal.as_deref(), Some("A•••••"));
    room.until_step(Step::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;
    let told = story(&room, package).await;
    let collected = told.iter().find(|(kind, ..)| kind == "package.collected").unwrap();
    assert_eq!((collected.1.as_deref(), collected.2.as_deref()), (Some("Bob"), Some("Ada")));
    room.kiosk().end().await.unwrap();
    assert!(matches!(room.kiosk().enter_code(&hers).await, Err(Error::CredentialRefused)), "one was used");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delegation_ends_at_any_time_and_is_never_passed_on() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", Some("1111")).await;
    let bob = with_mail(&room, "Bob", Some("2222")).await;
    let cy = with_mail(&room, "Cy", Some("3333")).await;
    let (package, _) = room.stored(ada).await;
    let dates = |delegate| Delegate { delegate, package: None, from: None, until: None };
    let first = room.staff.delegate(ada, dates(bob)).await.unwrap();
    room.staff.delegate(bob, dates(cy)).await.unwrap();
    let on = Delegate { package: Some(package), ..dates(cy) };
    assert!(matches!(room.staff.delegate(bob, on).await, Err(Error::Refused(_))), "hers is not his to give");
    assert_eq!(items(&room.kiosk().badge("3333").await.unwrap()).len(), 0, "no chain");
    let his = room.code_in(&room.mail_to("bob@example.com").await);
    room.staff.end_delegation(first).await.unwrap();
    room.kiosk().end().await.unwrap();
    assert_eq!(items(&room.kiosk().badge("2222").await.unwrap()).len(), 0);
    room.kiosk().end().await.unwrap();
    assert!(matches!(room.kiosk().enter_code(&his).await, Err(Error::CredentialRefused)));
    let late = Delegate { until: Some(days(&room, -1)), ..dates(bob) };
    assert!(matches!(room.staff.delegate(ada, late).await, Err(Error::Refused(_))), "over before it began");
    assert!(matches!(room.staff.delegate(ada, dates(ada)).await, Err(Error::Refused(_))));
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_kiosk_a_delegate_is_named_by_their_badge_tapped_on_the_spot() {
    let room = Room::mailing().await;
    with_mail(&room, "Ada", Some("1111")).await;
    let bob = with_mail(&room, "Bob", Some("2222")).await;
    let kiosk = room.kiosk();
    kiosk.badge("1111").await.unwrap();
    assert!(kiosk.add_delegate(0).await.is_err() && kiosk.add_delegate(200).await.is_err());
    let state = kiosk.add_delegate(5).await.unwrap();
    assert_eq!(own(&state).awaiting, Some(AwaitingName::Delegate));
    assert!(matches!(kiosk.badge("9999").await, Err(Error::CredentialRefused)), "nobody's");
    assert!(matches!(kiosk.badge("1111").await, Err(Error::Refused(_))), "not herself");
    let state = kiosk.badge("2222").await.unwrap();
    let given = own(&state).delegates;
    assert_eq!((given.len(), given[0].who.as_str()), (1, "B•••••"));
    assert_eq!(room.staff.person(bob).await.unwrap().delegations.len(), 1);
    let state = kiosk.end_delegate(given[0].id.parse().unwrap()).await.unwrap();
    assert!(own(&state).delegates.is_empty());
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_moves_the_deadline_and_ending_it_moves_it_back() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", Some("1111")).await;
    let (package, channel) = room.stored(ada).await;
    let deadline = async || -> Wall {
        let shown = room.station.package_view(package).await.unwrap().deadline.unwrap();
        station::moment("deadline", &shown).unwrap()
    };
    let before = deadline().await;
    let hold = room.staff.set_hold(ada, None, days(&room, 10)).await.unwrap();
    let moved = deadline().await.0 - before.0;
    assert!((10 * DAY - HOUR..=10 * DAY).contains(&moved), "{moved}");
    room.staff.end_hold(hold).await.unwrap();
    assert!(deadline().await.0 - before.0 < HOUR);
    assert!(room.staff.set_hold(ada, None, days(&room, -1)).await.is_err());
    assert!(room.staff.set_hold(ada, Some(days(&room, 3)), days(&room, 2)).await.is_err());
    // By herself at the kiosk; the first notice still goes and says so.
    let kiosk = room.kiosk();
    kiosk.badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;
    let state = kiosk.away(7).await.unwrap();
    assert!(own(&state).away_until.is_some());
    kiosk.end().await.unwrap();
    let (next, _) = room.stored(ada).await;
    let mail = room.mail_about(next).await;
    assert!(mail.contains("the deadline pauses"), "{mail}");
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_code_is_replaced_by_mail_and_the_kiosk_says_the_same_to_everybody() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", None).await;
    let (package, _) = room.stored(ada).await;
    let first = room.code_of(package).await;
    let kiosk = room.kiosk();
    let told = |state: KioskState| (state.visit, state.locked_seconds, state.help_called_at);
    let nobodys = told(kiosk.lost_code("15550103002100").await.unwrap());
    assert_eq!(told(kiosk.lost_code("0021").await.unwrap()), nobodys, "the end of a number names nobody");
    assert_eq!(room.count("code.issued").await, 1);
    assert_eq!(told(kiosk.lost_code("5550103 0021").await.unwrap()), nobodys, "one answer whoever asks");
    let mut second = String::new();
    until("a new code", async || {
        second = room.code_of(package).await;
        second != first
    })
    .await;
    // Soon after, nothing more goes to her; and a keypad that asks on waits.
    kiosk.lost_code("55501030021").await.unwrap();
    kiosk.lost_code("55501030021").await.unwrap();
    assert!(matches!(kiosk.lost_code("55501030021").await, Err(Error::AskedTooOften { .. })));
    until("all asks are on record", async || room.count("credential.asked").await == 5).await;
    assert_eq!(room.count("code.issued").await, 2);
    assert!(matches!(kiosk.enter_code(&first).await, Err(Error::CredentialRefused)));
    kiosk.enter_code(&second).await.unwrap();
    room.until_step(Step::Open).await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn high_value_opens_after_badge_and_code_and_a_delegate_needs_both_too() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", Some("1111")).await;
    let (plain, one) = stored(&room, ada, vec![]).await;
    let (precious, two) = stored(&room, ada, vec![Handling::HighValue]).await;
    assert!(room.mail_about(precious).await.contains("asks for both"));
    let code = room.code_of(precious).await;
    let kiosk = room.kiosk();
    let state = kiosk.badge("1111").await.unwrap();
    assert_eq!(items(&state).iter().filter(|i| i.step == Step::Locked).count(), 1);
    room.until_step(Step::Open).await;
    room.bank.shut(one);
    room.until_state(plain, "Collected").await;
    until("the code is asked for", async || needs(&kiosk.state().await.unwrap()) == Some(FactorName::Code))
        .await;
    assert!(!room.bank.door(two).unwrap().open);
    kiosk.badge("1111").await.unwrap();
    assert!(!room.bank.door(two).unwrap().open, "the badge again is not a code");
    assert!(kiosk.enter_code("00000000").await.is_err());
    kiosk.enter_code(&code).await.unwrap();
    room.until_step(Step::Open).await;
    room.bank.shut(two);
    room.until_state(precious, "Collected").await;
    // A delegate by their badge alone has it before them and does not get it; where policy keeps it in the
    // recipient's own hands, it is not even offered.
    kiosk.end().await.unwrap();
    let bob = with_mail(&room, "Bob", Some("2222")).await;
    let (kept, _) = stored(&room, ada, vec![Handling::Confidential]).await;
    let given = || Delegate { delegate: bob, package: Some(kept), from: None, until: None };
    room.staff.delegate(ada, given()).await.unwrap();
    let state = kiosk.badge("2222").await.unwrap();
    assert_eq!((items(&state)[0].step, needs(&state)), (Step::Locked, Some(FactorName::Code)));
    kiosk.end().await.unwrap();
    let (admin, confirmed) = room.admin().await;
    let policy = admin.policy().await.unwrap().policy;
    admin.set_policy(&confirmed, PolicyView { delegates_for_sensitive: false, ..policy }).await.unwrap();
    assert_eq!(items(&kiosk.badge("2222").await.unwrap()).len(), 0);
    assert!(matches!(room.staff.delegate(ada, given()).await, Err(Error::Refused(_))));
    assert_eq!(
        room.event_of(precious, "opening.decided").await.last().unwrap()["way"],
        serde_json::json!("both")
    );
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_code_one_adds_a_badge_and_blocks_a_lost_one() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", None).await;
    with_mail(&room, "Bob", Some("2222")).await;
    let (package, channel) = room.stored(ada).await;
    let kiosk = room.kiosk();
    kiosk.enter_code(&room.code_of(package).await).await.unwrap();
    room.until_step(Step::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;
    kiosk.add_badge().await.unwrap();
    assert!(matches!(kiosk.badge("2222").await, Err(Error::Invalid { .. })), "Bob's stays Bob's");
    let state = kiosk.badge("4085663").await.unwrap();
    assert_eq!((own(&state).badges, own(&state).awaiting), (1, None));
    kiosk.end().await.unwrap();
    let state = kiosk.badge("4085663").await.unwrap();
    assert!(!own(&state).may_add_badge && !own(&state).may_block_badges, "a found badge manages no badges");
    assert!(kiosk.badge_lost().await.is_err() && kiosk.add_badge().await.is_err());
    kiosk.end().await.unwrap();
    // With a code again: lost.
    let (second, two) = room.stored(ada).await;
    kiosk.enter_code(&room.code_of(second).await).await.unwrap();
    room.until_step(Step::Open).await;
    room.bank.shut(two);
    room.until_state(second, "Collected").await;
    assert_eq!(own(&kiosk.badge_lost().await.unwrap()).badges, 0);
    kiosk.end().await.unwrap();
    assert!(matches!(kiosk.badge("4085663").await, Err(Error::CredentialRefused)), "like any other");
    let task = room.tasks().await.into_iter().find(|t| t.kind == TaskName::BlockedBadge).unwrap();
    assert_eq!(task.detail.as_deref(), Some("Ada"));
    assert_eq!(room.count("badge.blocked_shown").await, 1);
    // Found again, at the mailroom.
    let badge: BadgeId = room.staff.person(ada).await.unwrap().badges[0].id.parse().unwrap();
    room.staff.block_badge(badge, false).await.unwrap();
    kiosk.badge("4085663").await.unwrap();
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_badges_open_and_one_for_two_people_is_refused_at_the_mailroom() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let bob = room.person("Bob", "2222").await;
    room.staff.give_badge(ada, "3333").await.unwrap();
    assert!(matches!(room.staff.give_badge(bob, "3333").await, Err(Error::Invalid { .. })));
    assert!(matches!(room.staff.give_badge(ada, "3333").await, Err(Error::Invalid { .. })), "hers already");
    for badge in ["1111", "3333"] {
        room.kiosk().badge(badge).await.unwrap();
        room.kiosk().end().await.unwrap();
    }
    let badges = room.staff.person(ada).await.unwrap().badges;
    assert_eq!(badges.len(), 2);
    room.staff.take_badge(badges[0].id.parse().unwrap()).await.unwrap();
    assert!(room.kiosk().badge("1111").await.is_err() && room.kiosk().badge("3333").await.is_ok());
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_open_for_somebody_with_a_reason_and_a_check_on_record_and_a_token_may_not() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", None).await;
    let (package, channel) = room.stored(ada).await;
    let said = |note: Option<&str>, reason| Override {
        to: None,
        reason,
        check: IdentityCheck::IdCard,
        note: note.map(Into::into),
    };
    let (staff, confirmed) = room.signed_in().await;
    let by_token = room.staff.open_for(&confirmed, package, said(None, OverrideReason::CodeLost)).await;
    assert!(matches!(by_token, Err(Error::NotAllowed)));
    let nothing = staff.open_for(&confirmed, package, said(None, OverrideReason::Other)).await;
    assert!(matches!(nothing, Err(Error::Invalid { .. })), "another reason is told");
    let opening = staff
        .open_for(&confirmed, package, said(Some("Ada phoned"), OverrideReason::CodeLost))
        .await
        .unwrap();
    room.until_opening(opening.id.parse().unwrap(), OpeningState::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;
    let decided = room.event_of(package, "override.decided").await;
    assert_eq!(decided[0]["to"], serde_json::json!(ada));
    assert!(!decided[0].to_string().contains("phoned"), "the note is not in the log");
    let told = story(&room, package).await;
    let collected = told.iter().find(|(kind, ..)| kind == "package.collected").unwrap();
    assert_eq!((collected.1.as_deref(), collected.2.as_deref()), (Some("Rosa"), Some("Ada")));
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_decides_what_opens_and_an_unsound_one_is_refused() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", Some("1111")).await;
    let (admin, confirmed) = room.admin().await;
    let page = admin.policy().await.unwrap();
    assert_eq!((page.guessing.active_codes, page.guessing.day_one_in), (0, None));
    let idle = PolicyView { idle_minutes: 0, ..page.policy.clone() };
    assert!(matches!(admin.set_policy(&confirmed, idle).await, Err(Error::Invalid { .. })));
    // Badges alone: no code is sent, and the notice says so.
    let badges = PolicyView { ways_in: WaysInName::Badge, ..page.policy.clone() };
    admin.set_policy(&confirmed, badges).await.unwrap();
    let (package, channel) = room.stored(ada).await;
    let mail = room.mail_about(package).await;
    assert!(mail.contains("Tap your badge at the kiosk.") && room.count("code.issued").await == 0, "{mail}");
    // Codes alone: the badge begins the visit, and the code is asked for.
    admin.set_policy(&confirmed, PolicyView { ways_in: WaysInName::Code, ..page.policy }).await.unwrap();
    room.staff.reissue_code(package).await.unwrap();
    until("a code", async || room.mail_about(package).await.contains("Enter this code")).await;
    let guessing = admin.policy().await.unwrap().guessing;
    assert_eq!((guessing.active_codes, guessing.day_one_in), (1, Some(1_000_000)));
    let kiosk = room.kiosk();
    assert_eq!(needs(&kiosk.badge("1111").await.unwrap()), Some(FactorName::Code));
    kiosk.enter_code(&room.code_of(package).await).await.unwrap();
    room.until_step(Step::Open).await;
    room.bank.shut(channel);
    room.until_state(package, "Collected").await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_list_says_to_have_left_loses_the_same() {
    let room = Room::mailing().await;
    let ada = with_mail(&room, "Ada", Some("1111")).await;
    let bob = with_mail(&room, "Bob", Some("2222")).await;
    let (package, _) = room.stored(ada).await;
    let to_bob = Delegate { delegate: bob, package: None, from: None, until: None };
    room.staff.delegate(ada, to_bob).await.unwrap();
    let hers = room.code_of(package).await;
    let list = async |room: Room, active: &'static str| {
        room.restart_changing(async move |folder| {
            let text = format!("name,email,active\nAda,ada@example.com,{active}\n");
            let options =
                ImportOptions { encoding: None, columns: [].into(), leavers: false, many_leavers: false };
            station::import_file(folder, text.as_bytes(), &options, false, |_, _| ()).await.unwrap();
        })
        .await
    };
    let room = list(room, "no").await;
    assert!(room.kiosk().badge("1111").await.is_err() && room.kiosk().enter_code(&hers).await.is_err());
    assert_eq!(items(&room.kiosk().badge("2222").await.unwrap()).len(), 0);
    assert!(room.staff.person(bob).await.unwrap().delegations.is_empty());
    assert!(room.tasks().await.iter().any(|t| t.kind == TaskName::LeaverPackage));
    let room = list(room, "yes").await;
    assert!(room.tasks().await.iter().all(|t| t.kind != TaskName::LeaverPackage));
    room.kiosk().badge("1111").await.unwrap();
    room.until_step(Step::Open).await;
    room.verify().await;
}
