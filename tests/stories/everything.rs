//! Two people open every door on site.

use crate::desk::{Desk, PIN};
use domain::Refusal;
use domain::event::Everything;
use domain::person::Role;
use domain::time::SECOND;
use station::wire::{EverythingView, Visit};
use station::{Error, Visitor};
use stories::until;

async fn at_the_kiosk(desk: &Desk, badge: &str) -> Visitor {
    let kiosk = desk.kiosk();
    kiosk.badge(badge).await.unwrap();
    kiosk.pin(PIN).await.unwrap();
    kiosk
}

fn view(visit: Option<Visit>) -> Option<EverythingView> {
    match visit {
        Some(Visit::Staff { everything, .. }) => everything,
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_and_a_second_open_one_door_per_act_and_both_stand_in_the_log() {
    let desk = Desk::with_doors(3).await;
    desk.member("Sue", Role::Supervisor, "1111").await;
    desk.member("Bo", Role::Clerk, "2222").await;
    let kiosk = at_the_kiosk(&desk, "1111").await;
    kiosk.everything(Everything::Evacuation).await.unwrap();
    assert!(matches!(kiosk.everything_next().await, Err(Error::NotAllowed)), "one alone opens nothing");
    assert!(matches!(kiosk.badge("1111").await, Err(Error::Refused(Refusal::SamePerson))));
    kiosk.badge("2222").await.unwrap();
    kiosk.badge("2222").await.unwrap();
    assert!(
        matches!(kiosk.everything_next().await, Err(Error::NotAllowed)),
        "a badge is not yet a second person"
    );
    assert!(matches!(kiosk.pin("999333").await, Err(Error::CredentialRefused)));
    let state = kiosk.pin(PIN).await.unwrap();
    assert!(matches!(view(state.visit), Some(EverythingView::Running { of: 3, left: 3, .. })));
    assert!(desk.bank.unlocks().is_empty(), "nothing opens by itself");

    kiosk.everything_next().await.unwrap();
    kiosk.everything_next().await.unwrap();
    until("two doors", async || {
        matches!(
            view(kiosk.state().await.unwrap().visit),
            Some(EverythingView::Running { opened: 2, left: 1, .. })
        )
    })
    .await;
    assert_eq!(desk.bank.unlocks().len(), 2, "one act, one frame");
    kiosk.everything_stop().await.unwrap();
    assert!(matches!(kiosk.everything_next().await, Err(Error::NotAllowed)), "stopped is stopped");
    assert_eq!(desk.bank.unlocks().len(), 2);

    let kinds = desk.kinds().await;
    let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
    assert_eq!(count("everything.door"), 2);
    let pair = kinds.iter().position(|k| k == "everything.door").unwrap();
    assert_eq!(kinds[pair + 1], "opening.decided", "in one transaction with the decision");
    assert_eq!((count("everything.began"), count("everything.ended")), (1, 1));
    assert_eq!(desk.station.store().check().await.unwrap().fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_may_not_ask_and_the_second_has_a_minute() {
    let desk = Desk::new().await;
    desk.member("Sue", Role::Supervisor, "1111").await;
    desk.member("Bo", Role::Clerk, "2222").await;
    desk.member("Al", Role::Auditor, "3333").await;
    let kiosk = at_the_kiosk(&desk, "2222").await;
    assert!(matches!(kiosk.everything(Everything::Audit).await, Err(Error::NotAllowed)));
    kiosk.end().await.unwrap();

    let kiosk = at_the_kiosk(&desk, "1111").await;
    kiosk.everything(Everything::Audit).await.unwrap();
    assert!(matches!(kiosk.badge("3333").await, Err(Error::NotAllowed)), "who only looks is no second");
    desk.clock.pass(40 * SECOND);
    kiosk.badge("2222").await.unwrap();
    desk.clock.pass(30 * SECOND);
    assert!(kiosk.pin(PIN).await.is_err(), "late by ten seconds");
    assert!(view(kiosk.state().await.unwrap().visit).is_none(), "it is asked anew");
    assert!(desk.bank.unlocks().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_the_role_in_the_middle_opens_no_further_door() {
    let desk = Desk::new().await;
    desk.member("Sue", Role::Supervisor, "1111").await;
    let bo = desk.member("Bo", Role::Clerk, "2222").await;
    let kiosk = at_the_kiosk(&desk, "1111").await;
    kiosk.everything(Everything::Evacuation).await.unwrap();
    kiosk.badge("2222").await.unwrap();
    kiosk.pin(PIN).await.unwrap();
    kiosk.everything_next().await.unwrap();
    let (admin, confirmed) = (desk.admin().await, desk.station.confirmed(&desk.session).await.unwrap());
    admin.set_role(&confirmed, bo, Role::Recipient).await.unwrap();
    assert!(matches!(kiosk.everything_next().await, Err(Error::NotAllowed)));
    assert_eq!(desk.bank.unlocks().len(), 1);
}
