//! New keys for old ones, while people go on as before.

use station::{Error, NodeLock, SecretKey, Secrets, Store};
use std::path::Path;
use stories::{Room, stamp};

async fn rotate(folder: &Path, what: SecretKey) {
    let lock = NodeLock::take(folder).unwrap();
    let store = Store::open(folder).await.unwrap();
    let mut secrets = Secrets::open(folder).unwrap();
    station::rotate(&lock, &store, &mut secrets, stamp(), what).await.unwrap();
    store.close().await;
}

/// How many earlier keys are kept.
fn earlier(room: &Room, what: SecretKey) -> usize {
    let keys = Secrets::open(room.folder.path()).unwrap().keys();
    keys.iter().find(|key| key.what == what).unwrap().earlier
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_of_before_signs_in_once_more_and_is_then_kept_under_the_new_pepper() {
    let room = Room::mailing().await;
    let clerk = room.signed_in().await;
    drop(clerk);
    let room = room.restart_changing(async |folder| rotate(folder, SecretKey::Pepper).await).await;
    assert_eq!(earlier(&room, SecretKey::Pepper), 1, "the password needs it");
    let wrong = room.station.sign_in("rosa@example.com", "rowing past nine swans").await;
    assert!(matches!(wrong, Err(Error::SignInRefused)));
    room.sign_in("rosa@example.com").await;
    drop(room.admin().await);
    let room = room.restart().await;
    assert_eq!(earlier(&room, SecretKey::Pepper), 0, "nothing needs it any more");
    room.sign_in("rosa@example.com").await;
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_badge_is_known_after_every_rotation_and_changes_over_when_it_is_presented() {
    let room = Room::new().await;
    let ada = room.person("Ada", "1111").await;
    let bob = room.person("Bob", "2222").await;
    let room = room
        .restart_changing(async |folder| {
            rotate(folder, SecretKey::BadgeKey).await;
            rotate(folder, SecretKey::BadgeKey).await;
        })
        .await;
    assert_eq!(earlier(&room, SecretKey::BadgeKey), 1, "both badges are of the first key");
    let found = room.staff.search_people("1111", None).await.unwrap();
    assert_eq!(found.rows[0].id, ada.to_string());
    let room = room.restart().await;
    assert_eq!(earlier(&room, SecretKey::BadgeKey), 1, "Bob's still needs it");
    room.kiosk().badge("2222").await.unwrap();
    assert!(matches!(room.kiosk().badge("3333").await, Err(Error::CredentialRefused)));
    let room = room.restart().await;
    assert_eq!(earlier(&room, SecretKey::BadgeKey), 0);
    let found = room.staff.search_people("2222", None).await.unwrap();
    assert_eq!(found.rows[0].id, bob.to_string());
    room.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_rotated_under_a_running_node() {
    let room = Room::new().await;
    let file = room.folder.path().join("secrets.json");
    let before = std::fs::read(&file).unwrap();
    assert!(NodeLock::take(room.folder.path()).is_err(), "rotating needs the lock");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}
