//! Badges, delegates and holds over HTTP, and a package that asks for two things.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::{Node, answer};
use reqwest::Method;
use serde_json::json;

async fn delete(node: &Node, path: &str) -> u16 {
    answer(node.request(Method::DELETE, path).bearer_auth(&node.admin)).await.status
}

#[tokio::test]
async fn a_delegate_fetches_while_the_delegation_lasts() {
    let node = Node::start().await;
    let ada = node.person("Ada", Some("1111")).await;
    let bob = node.person("Bob", Some("2222")).await;
    node.deposited(&ada).await;
    let (people, body) = (format!("/v1/people/{ada}/delegations"), json!({ "delegate_id": bob }));
    let given = node.post(&people, body.clone()).await;
    assert_eq!(given.status, 201, "{given:?}");
    assert_eq!(delete(&node, &format!("/v1/delegations/{}", given.text("id"))).await, 204);
    let nothing = node.post("/v1/kiosk/pickups", json!({ "badge": "2222" })).await;
    assert_eq!((nothing.status, nothing.body["openings"].as_array().unwrap().len()), (202, 0), "ended");
    node.post(&people, body).await;
    let begun = node.post("/v1/kiosk/pickups", json!({ "badge": "2222" })).await;
    assert_eq!((begun.body["openings"].as_array().unwrap().len(), &begun.body["needs"]), (1, &json!(null)));
    node.post(&people, json!({ "delegate_id": ada })).await.problem(409, "delegateIsRecipient");
    node.post(&people, json!({ "delegate_id": bob, "until": "2001-01-01T00:00:00Z" }))
        .await
        .problem(409, "datesDoNotFit");
    node.post(&people, json!({ "delegate_id": bob, "until": "soon" })).await.invalid("until", "malformed");
    node.stop().await;
}

#[tokio::test]
async fn a_hold_moves_the_deadline_until_it_is_ended() {
    let node = Node::start().await;
    let ada = node.person("Ada", None).await;
    let (package, _) = node.deposited(&ada).await;
    let deadline = async || node.get(&format!("/v1/packages/{package}")).await.text("deadline");
    let before = deadline().await;
    let in_a_week = (chrono::Utc::now() + chrono::Days::new(7)).to_rfc3339();
    let hold = node.post(&format!("/v1/people/{ada}/holds"), json!({ "until": in_a_week })).await;
    assert_eq!(hold.status, 201, "{hold:?}");
    let day = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap();
    // A week from now on, and not the moment between the deposit and now.
    let moved = (day(&deadline().await) - day(&before)).num_hours();
    assert!((167..=168).contains(&moved), "{moved} h");
    assert_eq!(delete(&node, &format!("/v1/holds/{}", hold.text("id"))).await, 204);
    assert!((day(&deadline().await) - day(&before)).num_minutes() < 5);
    node.stop().await;
}

#[tokio::test]
async fn a_badge_is_given_and_is_nobody_elses_and_high_value_asks_for_a_code_too() {
    let node = Node::start().await;
    let ada = node.person("Ada", None).await;
    let bob = node.person("Bob", None).await;
    let given = node.post(&format!("/v1/people/{ada}/badges"), json!({ "number": "4085663" })).await;
    assert_eq!(given.status, 204, "{given:?}");
    let taken = node.post(&format!("/v1/people/{bob}/badges"), json!({ "number": "4085663" })).await;
    taken.invalid("badge", "taken");
    let intake = json!({ "tracking_number": "1Z999AA10123456784", "recipient_id": ada, "size": "S", "handling": ["high_value"] });
    let package = node.post("/v1/packages", intake).await.text("id");
    let begun = node.post(&format!("/v1/packages/{package}/deposit"), json!({})).await;
    let label = begun.body["opening"]["compartment"].as_str().unwrap().to_owned();
    let opening = begun.body["opening"]["id"].as_str().unwrap().to_owned();
    node.until(&format!("/v1/openings/{opening}"), "state", "open").await;
    node.shut(&label).await;
    node.until(&format!("/v1/packages/{package}"), "state", "stored").await;
    let begun = node.post("/v1/kiosk/pickups", json!({ "badge": "4085663" })).await;
    assert_eq!((begun.status, begun.body["openings"].as_array().unwrap().len()), (202, 0), "{begun:?}");
    assert_eq!(begun.body["needs"], "code");
    node.stop().await;
}
