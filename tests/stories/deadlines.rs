//! Deadlines by the real timers: the loop wakes when the rules or the time say so, and what it does is in the window.
//! How long things take is told in simulated time, in the proof.

use domain::package::PackageSize;
use domain::time::HOUR;
use domain::{CompartmentId, PackageId};
use station::wire::{OpeningState, PackageState, PersonForm, RemovalStage, TaskName};
use station::{Admin, Declaration, Outside, Secrets, Staff, Station, Store};
use std::sync::Arc;
use stories::{Shifted, intake, until};

async fn settle(station: &Station, staff: &Staff, opening: &str, compartment: &str) {
    let channel = station.store().compartment(compartment.parse::<CompartmentId>().unwrap()).await.unwrap();
    let opening = opening.parse().unwrap();
    until("the door is open", async || station.opening(opening).await.unwrap().state == OpeningState::Open)
        .await;
    staff.virtual_shut(channel.unwrap().channel).await.unwrap();
    until("the door is shut", async || station.opening(opening).await.unwrap().state == OpeningState::Closed)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_waits_is_reminded_of_and_then_taken_out_onto_a_shelf() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let mut secrets = Secrets::open(folder.path()).unwrap();
    let plan = stories::plan(station::DEMO_PORT, 4);
    let declaration =
        Declaration { plan: &plan, admin: None, readers: None, channels: Default::default(), provider: None };
    station::apply(&store, &mut secrets, stories::stamp(), declaration, false).await.unwrap();
    store.close().await;
    let clock = Arc::new(Shifted::default());
    let outside = Outside { clock: clock.clone(), ..Outside::real() };
    let (station, staff, token) = stories::start_in(folder.path(), outside).await;
    let access = station.access(&token).await.unwrap().unwrap();
    let admin: Admin = station.rights_by(access).unwrap();

    let form = PersonForm { email: Some("ada@example.com".into()), ..PersonForm::named("Ada") };
    let ada = staff.add_person(form).await.unwrap();
    let package: PackageId = staff.receive(intake(ada, PackageSize::S)).await.unwrap().id.parse().unwrap();
    let opening = staff.deposit(package, None).await.unwrap();
    settle(&station, &staff, &opening.id, &opening.compartment).await;

    let told = async |what: &str| {
        until(what, async || {
            let mails = staff.virtual_panel().await.unwrap().mails;
            mails.iter().any(|mail| mail.to == "ada@example.com" && mail.subject.contains(what))
        })
        .await;
    };
    told("is in compartment").await;
    // Setting rules wakes whoever waits for the next deadline; the same rules change nothing else.
    let look = async || {
        let view = staff.deadlines().await.unwrap().deadlines;
        admin.set_deadlines(view).await.unwrap();
    };
    clock.pass(25 * HOUR);
    look().await;
    told("Reminder").await;
    clock.pass(48 * HOUR);
    look().await;
    until("staff are asked", async || staff.removals().await.unwrap().len() == 1).await;
    let tasks = staff.tasks().await.unwrap();
    assert_eq!(tasks.iter().filter(|t| t.kind == TaskName::Escalation).count(), 1, "she has no manager");

    let opening = staff.removal(package).await.unwrap();
    settle(&station, &staff, &opening.id, &opening.compartment).await;
    until("it is in hand", async || {
        staff.removals().await.unwrap().iter().all(|item| item.stage == RemovalStage::InHand)
    })
    .await;
    staff.shelve(package, "C-12").await.unwrap();
    told("has moved to the counter").await;
    assert_eq!(station.package_view(package).await.unwrap().state, PackageState::Shelved);
    assert!(staff.tasks().await.unwrap().is_empty() && staff.removals().await.unwrap().is_empty());
    assert_eq!(station.store().check().await.unwrap().fault, None);
}
