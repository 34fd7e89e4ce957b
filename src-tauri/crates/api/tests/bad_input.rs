//! What is malformed, missing, too long or hostile gets a clear answer, and changes nothing.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::{Node, answer};
use reqwest::Method;
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let node = Node::start().await;
    bodies(&node).await;
    people(&node).await;
    packages(&node).await;
    paths_and_queries(&node).await;
    credentials(&node).await;
    node.stop().await;
}

async fn bodies(node: &Node) {
    let send = async |kind: &str, body: Vec<u8>| {
        let request = node.request(Method::POST, "/v1/people").bearer_auth(&node.admin);
        answer(request.header("content-type", kind).body(body)).await
    };
    for body in [
        "",
        "{",
        "{\"name\": \"A\",}",
        "{\"name\": \"A\", \"email\": \"a@x\"} {}",
        "\u{0}",
        "{\"name\": \"\\ud800\"}",
    ] {
        let answer = send("application/json", body.into()).await;
        answer.problem(400, "malformed");
    }
    send("application/json", vec![b'"', 0xff, b'"']).await.problem(400, "malformed");
    for body in ["[]", "null", "1", "\"text\""] {
        send("application/json", body.into()).await.invalid(".", "malformed");
    }
    send("text/plain", b"{}".into()).await.problem(415, "unsupportedMediaType");
    send("application/json", vec![b' '; 64 * 1024 + 1]).await.problem(413, "bodyTooLarge");
    let deep = "[".repeat(30_000);
    send("application/json", deep.into()).await.problem(422, "invalid");
    send("application/json; charset=utf-8", b"{}".into()).await.invalid("name", "missing");
}

async fn people(node: &Node) {
    let add = async |name: Value, email: Value| {
        node.post("/v1/people", json!({ "name": name, "email": email })).await
    };
    let long = |length: usize| json!("名".repeat(length));
    assert_eq!(add(long(500), json!("long@example.com")).await.status, 201);
    add(long(501), json!("longer@example.com")).await.invalid("name", "tooLong");
    add(json!(" \u{7} "), json!("bell@example.com")).await.problem(422, "invalid");
    add(json!(7), json!("seven@example.com")).await.invalid("name", "malformed");
    add(json!("A"), json!("no address")).await.invalid("email", "malformed");
    add(json!("A"), json!(null)).await.invalid("email", "malformed");
    add(json!("Robert'); drop table person;-- \"Bobby\" \u{0}\u{1b}[31m"), json!("b@example.com")).await;
    add(json!("A"), json!("B@example.com")).await.invalid("email", "taken");
    node.post("/v1/people", json!({ "name": "A" })).await.invalid("email", "missing");
    let badge = async |badge: Value| {
        node.post("/v1/people", json!({ "name": "A", "email": format!("{badge}@x"), "badge": badge })).await
    };
    badge(json!("<script>")).await.invalid("badge", "malformed");
    let number = badge(json!(40_856_634)).await;
    number.invalid("badge", "malformed");
    assert!(!number.body.to_string().contains("40856634"), "a badge number came back: {number:?}");
}

async fn packages(node: &Node) {
    let person = node.person("Ann \"O'Neil\"", None).await;
    let intake = |changes: Value| {
        let mut body =
            json!({ "tracking_number": "1Z999AA10123456784", "recipient_id": person, "size": "S" });
        for (field, value) in changes.as_object().unwrap() {
            body[field] = value.clone();
        }
        async move { node.post("/v1/packages", body).await }
    };
    intake(json!({ "tracking_number": "9".repeat(4096) })).await.invalid("tracking_number", "tooLong");
    intake(json!({ "tracking_number": "" })).await.invalid("tracking_number", "empty");
    // A scanner's garbage is dropped, not kept.
    let garbled = intake(json!({ "tracking_number": "12\u{0}34\u{1b}" })).await;
    let kept = node.get(&format!("/v1/packages/{}", garbled.text("id"))).await;
    assert!(!kept.text("tracking_number").contains(char::is_control), "{kept:?}");
    intake(json!({ "recipient_id": NOBODY })).await.problem(404, "notFound");
    intake(json!({ "recipient_id": "ann" })).await.invalid("recipient_id", "malformed");
    intake(json!({ "size": "XXL" })).await.invalid("size", "malformed");
    intake(json!({ "handling": ["fragile", "wet"] })).await.invalid("handling[1]", "malformed");
    intake(json!({ "handling": "fragile" })).await.invalid("handling", "malformed");
    intake(json!({ "note": "n".repeat(1_001) })).await.invalid("note", "tooLong");

    let package = node.package(&person, "oversize").await;
    let deposit = format!("/v1/packages/{package}/deposit");
    node.post(&deposit, json!({ "compartment": "Z99" })).await.problem(404, "notFound");
    node.post(&deposit, json!({ "compartment": NOBODY })).await.problem(404, "notFound");
    node.post(&deposit, json!({ "compartment": 7 })).await.invalid("compartment", "malformed");
    // The body may be left out; no compartment is big enough.
    let bare = node.request(Method::POST, &deposit).bearer_auth(&node.admin);
    answer(bare).await.problem(409, "noCompartment");
    node.post(&format!("/v1/packages/{package}/codes"), json!({})).await.problem(409, "wrongState");
    assert_eq!(node.get(&format!("/v1/packages/{package}")).await.body["state"], "received");
}

async fn paths_and_queries(node: &Node) {
    for path in ["/v1/packages/", "/v1/openings/"] {
        node.get(&format!("{path}{NOBODY}")).await.problem(404, "notFound");
        for id in ["1", "A01", "%00", "%ff", "..%2f..%2fetc%2fpasswd", &"9".repeat(4_000)] {
            node.get(&format!("{path}{id}")).await.problem(400, "malformed");
        }
    }
    for act in ["deposit", "codes"] {
        node.post(&format!("/v1/packages/{NOBODY}/{act}"), json!({})).await.problem(404, "notFound");
    }
    node.get("/v1/packages?limit=ten").await.problem(400, "malformed");
    node.get("/v1/packages?limit=0").await.invalid("limit", "outOfRange");
    node.get("/v1/packages?limit=201").await.invalid("limit", "outOfRange");
    node.get("/v1/packages?state=eaten").await.invalid("state", "malformed");
    node.get("/v1/packages?after=x").await.invalid("after", "malformed");
    node.get("/v1/events?after=x").await.problem(400, "malformed");
    node.get("/v1/events?limit=1001").await.invalid("limit", "outOfRange");
    assert_eq!(node.get(&format!("/v1/packages?query={}", "%F0%9F%93%A6".repeat(500))).await.status, 200);
    node.get("/v1/parcels").await.problem(404, "noSuchRoute");
    node.get("/").await.problem(404, "noSuchRoute");
    let wrong = node.get("/v1/people").await;
    wrong.problem(405, "methodNotAllowed");
    assert_eq!(wrong.headers["allow"], "POST");
}

async fn credentials(node: &Node) {
    let show = async |shown: Value| node.post("/v1/kiosk/pickups", shown).await;
    let number = show(json!({ "code": 12_345_678 })).await;
    number.invalid("code", "malformed");
    assert!(!number.body.to_string().contains("12345678"), "a code came back: {number:?}");
    show(json!({ "badge": 40_856_634 })).await.invalid("badge", "malformed");
    show(json!({ "badge": ["40856634"] })).await.invalid("badge", "malformed");
    show(json!({})).await.invalid("code", "missing");
    show(json!({ "code": null })).await.invalid("code", "missing");
    show(json!({ "code": "12345678", "badge": "40856634" })).await.invalid("badge", "malformed");
    for badge in ["", "nobody", "<script>", "'; --", &"9".repeat(4_096)] {
        let refused = show(json!({ "badge": badge })).await;
        refused.problem(401, "credentialRefused");
        assert!(!refused.headers.contains_key("www-authenticate"));
    }
}
