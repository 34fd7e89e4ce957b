//! A file of an older version: brought up to date it says what it said, and what the log says.

#![allow(clippy::unwrap_used)]

use domain::event::{Actor, Event};
use domain::person::Role;
use domain::{PersonId, directory::Source};
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use std::path::Path;
use store::Store;
use uuid::Uuid;

/// The log's own arithmetic, written once more: see `hash_of`.
async fn append(pool: &SqlitePool, seq: i64, event: &Event, previous: &mut Vec<u8>) {
    let (kind, body) = event.parts().unwrap();
    let (id, boot) = (Uuid::new_v4(), Uuid::new_v4());
    let mut hasher = Sha256::new();
    hasher.update(&*previous);
    hasher.update(seq.to_be_bytes());
    hasher.update(id.as_bytes());
    for text in [&kind, &body] {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(seq.to_be_bytes());
    hasher.update(boot.as_bytes());
    hasher.update(seq.to_be_bytes());
    let hash = hasher.finalize().to_vec();
    sqlx::query("insert into event values (?1, ?2, ?3, ?4, ?1, ?5, ?1, ?6, ?7)")
        .bind(seq)
        .bind(id)
        .bind(kind)
        .bind(body)
        .bind(boot)
        .bind(&*previous)
        .bind(&hash)
        .execute(pool)
        .await
        .unwrap();
    *previous = hash;
}

#[tokio::test]
async fn people_of_the_second_version_keep_names_badges_passwords_and_states() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        SqliteConnectOptions::new().filename(folder.path().join("cubby.db")).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let all = Migrator::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")).await.unwrap();
    Migrator::with_migrations(all.iter().filter(|m| m.version <= 2).cloned().collect())
        .run(&pool)
        .await
        .unwrap();
    let [ada, bob, cy] = [1, 2, 3].map(|n| PersonId(Uuid::from_u128(n)));
    let by = Actor::System;
    let events = [
        Event::PersonAdded { person: ada, role: Role::Admin, by },
        Event::PersonAdded { person: bob, role: Role::Recipient, by },
        Event::PersonAdded { person: cy, role: Role::Recipient, by },
        Event::BadgeSet { person: bob, given: true, by },
        Event::BadgeSet { person: cy, given: true, by },
        Event::BadgeSet { person: cy, given: false, by },
        Event::PersonChanged { person: cy, role: Role::Recipient, active: false, by },
    ];
    let mut previous = vec![0; 32];
    for (seq, event) in (1..).zip(&events) {
        append(&pool, seq, event, &mut previous).await;
    }
    for (person, role, active, badge) in
        [(ada, "admin", true, false), (bob, "recipient", true, true), (cy, "recipient", false, false)]
    {
        sqlx::query("insert into person (id, role, active, has_badge) values (?, ?, ?, ?)")
            .bind(person.0)
            .bind(role)
            .bind(active)
            .bind(badge)
            .execute(&pool)
            .await
            .unwrap();
    }
    sqlx::query(
        "insert into person_detail (person, name, aliases, email, department, badge_hash, password_hash)
         values (?1, 'Ada', null, 'ada@example.com', null, null, 'argon'), (?2, 'Bob', 'Robert', null, 'Post', x'0A0B', null),
           (?3, 'Cy', null, null, null, null, null)",
    )
    .bind(ada.0)
    .bind(bob.0)
    .bind(cy.0)
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;

    let store = Store::open(folder.path()).await.unwrap();
    let report = store.check().await.unwrap();
    assert_eq!((report.events, report.fault), (7, None));
    let badge = store.badge_by_hash(&[0x0A, 0x0B]).await.unwrap().unwrap();
    let person = store.person(badge.person).await.unwrap().unwrap();
    assert_eq!((person.id, person.has_badge, person.detail.aliases.as_deref()), (bob, true, Some("Robert")));
    let words = store.sources_of(bob).await.unwrap();
    assert_eq!((words.len(), words[0].source), (1, Source::Hand));
    let record = &words[0].record;
    assert_eq!(record.name.as_deref(), Some("Bob"));
    assert_eq!(record.badges.as_deref(), Some(["0a0b".to_owned()].as_slice()));
    assert_eq!((record.department.as_deref(), record.active), (Some("Post"), None));
    assert_eq!(store.account(ada).await.unwrap().password_hash.as_deref(), Some("argon"));
    let cy = store.person(cy).await.unwrap().unwrap();
    assert_eq!((cy.active, cy.has_badge), (false, false));
    assert_eq!(store.sources_of(cy.id).await.unwrap()[0].record.active, Some(false));
    store.close().await;
}
