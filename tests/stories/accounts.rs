//! How staff sign in, and what a stranger, a colleague and a forgotten desk can't do with it.

use crate::desk::{ADMIN, Desk, PASSWORD, PIN};
use domain::Refusal;
use domain::person::Role;
use domain::time::{MINUTE, SECOND};
use station::wire::{SignInPolicy, Visit};
use station::{Entry, Error, InvalidWhy, Reader, Session, Shown, Staff};
use totp_rs::{Builder, Secret};

/// What the phone shows.
fn code(desk: &Desk, key: &str) -> String {
    let secret = Secret::try_from_base32(key).unwrap();
    let seconds = u64::try_from(desk.station.now().0 / 1_000).unwrap();
    Builder::new().with_secret(secret).build().unwrap().generate(seconds).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_sign_in_has_one_answer_and_waits_alike_whether_the_account_exists_or_not() {
    let desk = Desk::new().await;
    desk.member("Bo", Role::Clerk, "2222").await;
    for email in [ADMIN, "nobody@example.com"] {
        for _ in 0..6 {
            assert!(matches!(desk.station.sign_in(email, "wrong").await, Err(Error::SignInRefused)));
        }
        let answer = desk.station.sign_in(email, PASSWORD).await;
        assert!(matches!(answer, Err(Error::Throttled { seconds: 1..=30 })), "{answer:?}");
    }
    // A stranger at one account keeps nobody else out.
    desk.sign_in("bo@example.com").await;

    // The wait is kept over a restart, and ends.
    let desk = desk.restart().await;
    assert!(matches!(desk.station.sign_in(ADMIN, PASSWORD).await, Err(Error::Throttled { .. })));
    desk.clock.pass(31 * SECOND);
    desk.sign_in(ADMIN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_a_stranger_tries_the_owner_is_in_within_a_quarter_of_an_hour() {
    let desk = Desk::new().await;
    for _ in 0..14 {
        while let Err(Error::Throttled { seconds }) = desk.station.sign_in(ADMIN, "wrong").await {
            assert!(seconds <= 15 * 60);
            desk.clock.pass(i64::from(seconds) * SECOND);
        }
    }
    // Tries during the wait do not lengthen it.
    for _ in 0..5 {
        assert!(matches!(desk.station.sign_in(ADMIN, "wrong").await, Err(Error::Throttled { .. })));
    }
    desk.clock.pass(15 * MINUTE);
    desk.sign_in(ADMIN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_ones_own_name_or_from_every_list_is_refused() {
    let desk = Desk::new().await;
    let confirmed = desk.station.confirmed(&desk.session).await.unwrap();
    for easy in ["Ada Admin Ada Admin", "headofficeadaadmin", "password12345678", "ada@example.com1"] {
        let answer = desk.station.set_my_password(&desk.session, &confirmed, easy).await;
        assert!(
            matches!(answer, Err(Error::Invalid { why: InvalidWhy::Guessable, .. })),
            "{easy}: {answer:?}"
        );
    }
    for (pin, why) in [
        ("12345", InvalidWhy::TooShort),
        ("12a456", InvalidWhy::Malformed),
        ("123456", InvalidWhy::Guessable),
    ] {
        match desk.station.set_my_pin(&desk.session, &confirmed, pin).await {
            Err(Error::Invalid { why: said, .. }) => assert_eq!(said, why, "{pin}"),
            other => panic!("{pin}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_must_have_a_second_factor_enrols_it_at_the_next_sign_in() {
    let desk = Desk::new().await;
    let (admin, confirmed) = (desk.admin().await, desk.station.confirmed(&desk.session).await.unwrap());
    let policy = SignInPolicy { idle_minutes: 15, totp_for_admins: true };
    admin.set_sign_in_policy(&confirmed, &policy).await.unwrap();
    desk.member("Bo", Role::Clerk, "2222").await;
    desk.sign_in("bo@example.com").await;

    let Entry::Half(half) = desk.station.sign_in(ADMIN, PASSWORD).await.unwrap() else {
        panic!("in without")
    };
    let key = half.offer().unwrap().key().to_owned();
    assert!(desk.station.enrol_at_sign_in(&half, "000000").await.is_err());
    let first = code(&desk, &key);
    let (session, recovery) = desk.station.enrol_at_sign_in(&half, &first).await.unwrap();
    assert!(desk.station.rights::<Reader>(&session).await.is_ok());
    assert_eq!(recovery.len(), 10);

    // From now on the password is half of it.
    let half = |entry: Entry| match entry {
        Entry::Half(half) if half.offer().is_none() => half,
        _ => panic!("the second factor was not asked"),
    };
    let owed = half(desk.station.sign_in(ADMIN, PASSWORD).await.unwrap());
    let replayed = desk.station.second_factor(&owed, &first).await;
    assert!(matches!(replayed, Err(Error::FactorRefused)), "a code is taken once");
    desk.clock.pass(30 * SECOND);
    desk.station.second_factor(&owed, &code(&desk, &key)).await.unwrap();

    // The phone is lost: a recovery code, once.
    let owed = half(desk.station.sign_in(ADMIN, PASSWORD).await.unwrap());
    desk.station.second_factor(&owed, &recovery[3].to_lowercase()).await.unwrap();
    assert!(matches!(desk.station.second_factor(&owed, &recovery[3]).await, Err(Error::FactorRefused)));
    // And a half sign-in does not stay half for ever.
    desk.clock.pass(6 * MINUTE);
    assert!(matches!(desk.station.second_factor(&owed, &recovery[4]).await, Err(Error::NotSignedIn)));
    desk.station.store().check().await.map(|report| assert_eq!(report.fault, None)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_the_second_factor_is_slowed_like_guessing_the_password() {
    let mut desk = Desk::new().await;
    let confirmed = desk.station.confirmed(&desk.session).await.unwrap();
    let offer = desk.station.offer_factor(&mut desk.session, &confirmed).await.unwrap();
    assert!(offer.qr.iter().all(|row| row.len() == offer.qr.len()));
    let first = code(&desk, &offer.key);
    desk.station.enrol_factor(&mut desk.session, &first).await.unwrap();
    let Entry::Half(owed) = desk.station.sign_in(ADMIN, PASSWORD).await.unwrap() else {
        panic!("in without")
    };
    for _ in 0..6 {
        assert!(matches!(desk.station.second_factor(&owed, "000000").await, Err(Error::FactorRefused)));
        // Signing in by password in between starts nothing anew.
        let _ = desk.station.sign_in(ADMIN, PASSWORD).await;
    }
    assert!(matches!(desk.station.second_factor(&owed, "000000").await, Err(Error::Throttled { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_left_alone_locks_and_opens_to_its_own_person() {
    let mut desk = Desk::new().await;
    let mut session = desk.session.clone();
    desk.clock.pass(14 * MINUTE);
    desk.station.used(&mut session).await.unwrap();
    desk.clock.pass(14 * MINUTE);
    assert!(desk.station.rights::<Reader>(&session).await.is_ok(), "somebody was there meanwhile");
    desk.clock.pass(2 * MINUTE);
    assert!(matches!(desk.station.rights::<Reader>(&session).await, Err(Error::Locked)));
    assert!(matches!(desk.station.used(&mut session).await, Err(Error::Locked)), "a touch opens nothing");
    let wrong = Shown::Password("not this one at all".into());
    assert!(matches!(desk.station.confirm(&mut session, &wrong).await, Err(Error::SignInRefused)));
    assert!(matches!(desk.station.rights::<Reader>(&session).await, Err(Error::Locked)));
    desk.station.confirm(&mut session, &Shown::Password(PASSWORD.into())).await.unwrap();
    assert!(desk.station.rights::<Reader>(&session).await.is_ok());
    // And at once by hand.
    session.lock();
    assert!(matches!(desk.station.rights::<Reader>(&session).await, Err(Error::Locked)));
    desk.session = session;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_who_may_do_what_asks_again_who_sits_there() {
    let mut desk = Desk::new().await;
    assert!(desk.station.confirmed(&desk.session).await.is_ok(), "the sign-in was just now");
    desk.clock.pass(5 * MINUTE + 1);
    assert!(matches!(desk.station.confirmed(&desk.session).await, Err(Error::ConfirmFirst)));
    desk.station.confirm(&mut desk.session, &Shown::Password(PASSWORD.into())).await.unwrap();
    assert!(desk.station.confirmed(&desk.session).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_the_role_is_out_at_once() {
    let desk = Desk::new().await;
    let bo = desk.member("Bo", Role::Supervisor, "2222").await;
    let session: Session = desk.sign_in("bo@example.com").await;
    let (admin, confirmed) = (desk.admin().await, desk.station.confirmed(&desk.session).await.unwrap());
    admin.set_role(&confirmed, bo, Role::Clerk).await.unwrap();
    assert!(matches!(desk.station.rights::<Staff>(&session).await, Err(Error::NotSignedIn)));
    let session = desk.sign_in("bo@example.com").await;
    admin.set_active(&confirmed, bo, false).await.unwrap();
    assert!(matches!(desk.station.rights::<Reader>(&session).await, Err(Error::NotSignedIn)));
    assert!(matches!(desk.station.sign_in("bo@example.com", PASSWORD).await, Err(Error::SignInRefused)));
    admin.set_active(&confirmed, bo, true).await.unwrap();
    desk.sign_in("bo@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_stays_one() {
    let desk = Desk::new().await;
    let (admin, confirmed) = (desk.admin().await, desk.station.confirmed(&desk.session).await.unwrap());
    let staff = admin.staff().await.unwrap();
    let ada = staff[0].id.parse().unwrap();
    let last = |answer| matches!(answer, Err(Error::Refused(Refusal::LastAdmin)));
    assert!(last(admin.set_role(&confirmed, ada, Role::Clerk).await));
    assert!(last(admin.set_active(&confirmed, ada, false).await));
    desk.member("Bo", Role::Admin, "2222").await;
    admin.set_role(&confirmed, ada, Role::Clerk).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staff_badge_alone_opens_no_staff_side_at_the_kiosk() {
    let desk = Desk::new().await;
    desk.member("Bo", Role::Clerk, "2222").await;
    let kiosk = desk.kiosk();
    let state = kiosk.badge("2222").await.unwrap();
    assert!(matches!(state.visit, Some(Visit::Pin { set: true, .. })));
    assert!(matches!(kiosk.to_deposit().await, Err(Error::NotAllowed)));
    for _ in 0..6 {
        assert!(matches!(kiosk.pin("999333").await, Err(Error::CredentialRefused)));
    }
    assert!(matches!(kiosk.pin(PIN).await, Err(Error::Throttled { .. })));

    // Neither another tap nor a restart begins the count anew; the badge still fetches.
    drop(kiosk);
    let desk = desk.restart().await;
    let kiosk = desk.kiosk();
    kiosk.badge("2222").await.unwrap();
    assert!(matches!(kiosk.pin(PIN).await, Err(Error::Throttled { .. })));
    assert!(matches!(kiosk.fetch().await.unwrap().visit, Some(Visit::Pickup { .. })));
    kiosk.end().await.unwrap();
    desk.clock.pass(31 * SECOND);
    kiosk.badge("2222").await.unwrap();
    assert!(matches!(kiosk.pin(PIN).await.unwrap().visit, Some(Visit::Staff { .. })));
    assert!(kiosk.to_deposit().await.is_ok());

    // Nobody touches it: after a minute it is over.
    desk.clock.pass(61 * SECOND);
    assert!(kiosk.state().await.unwrap().visit.is_none());
    assert!(matches!(kiosk.to_deposit().await, Err(Error::NotAllowed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_pin_or_away_from_the_kiosk_staff_are_recipients() {
    let desk = Desk::new().await;
    let bo = desk.member("Bo", Role::Clerk, "2222").await;
    let (admin, confirmed) = (desk.admin().await, desk.station.confirmed(&desk.session).await.unwrap());
    let away = desk.station.as_visitor("api").badge("2222").await.unwrap();
    assert!(matches!(away.visit, Some(Visit::Pickup { .. })), "no staff side through the API");
    admin.reset_pin(&confirmed, bo).await.unwrap();
    let state = desk.kiosk().badge("2222").await.unwrap();
    assert!(matches!(state.visit, Some(Visit::Pin { set: false, .. })));
    assert!(matches!(desk.kiosk().pin(PIN).await, Err(Error::NotAllowed)));
}
