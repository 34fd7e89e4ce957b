//! The same person comes again within a minute, and is served again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;
use common::Node;
use serde_json::json;

#[tokio::test]
async fn each_package_that_came_meanwhile_is_offered() {
    let node = Node::start().await;
    let person = node.person("P", Some("5556")).await;
    for _ in 0..3 {
        let (package, door) = node.deposited(&person).await;
        let answer = node.post("/v1/kiosk/pickups", json!({ "badge": "5556" })).await;
        let openings = answer.body["openings"].as_array().unwrap();
        assert_eq!(openings.len(), 1, "what was collected before is not among them: {openings:?}");
        assert_eq!(openings[0]["package"], package);
        node.until(&format!("/v1/openings/{}", openings[0]["id"].as_str().unwrap()), "state", "open").await;
        node.shut(&door).await;
        node.until(&format!("/v1/packages/{package}"), "state", "collected").await;
    }
}
