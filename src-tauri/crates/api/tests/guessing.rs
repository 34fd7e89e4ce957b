//! Guessing codes is slowed down; badges go on working.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::Node;
use serde_json::json;

#[tokio::test]
async fn guessing_is_slowed_and_badges_go_on() {
    let node = Node::start().await;
    let person = node.person("Priya", Some("BADGE-77")).await;
    let (package, door) = node.deposited(&person).await;
    let before = node.station.store().head().await.unwrap().0;

    // Five are free; the sixth starts the wait. Malformed counts as wrong, and reads the same.
    for code in ["0000 0001", "00000002", "CUBBY-00000003", "4", "not a code", "\u{0}\u{1b}"] {
        let refused = node.post("/v1/kiosk/pickups", json!({ "code": code })).await;
        refused.problem(401, "credentialRefused");
    }
    let waiting = node.post("/v1/kiosk/pickups", json!({ "code": "00000007" })).await;
    waiting.problem(429, "throttled");
    let seconds: u32 = waiting.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&seconds), "{seconds}");

    // No guess is in the log.
    let log = node.get(&format!("/v1/events?after={before}")).await.body;
    let refusals =
        log["events"].as_array().unwrap().iter().filter(|e| e["body"].to_string().contains("\"api\""));
    assert_eq!(refusals.count(), 6, "{log}");
    assert!(!log.to_string().contains("0000000"), "{log}");

    let begun = node.post("/v1/kiosk/pickups", json!({ "badge": "badge 77" })).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let opening = &begun.body["openings"][0];
    assert_eq!((&opening["package"], &opening["compartment"]), (&json!(package), &json!(door)));
    node.until(&format!("/v1/openings/{}", opening["id"].as_str().unwrap()), "state", "open").await;
    node.shut(&door).await;
    node.until(&format!("/v1/packages/{package}"), "state", "collected").await;
    node.stop().await;
}
