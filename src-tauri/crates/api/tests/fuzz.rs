//! The HTTP API, whatever is sent to it: an answer or a problem, never a failure of the node, and the node goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Node, answer};
use fuzz::fuzz;
use proptest::prelude::*;
use reqwest::Method;

fn paths() -> impl Strategy<Value = String> {
    let id = prop_oneof![
        Just("00000000-0000-0000-0000-000000000000".to_owned()),
        "[0-9a-f-]{0,40}",
        "[!-~]{0,30}".prop_map(|text| text.replace(['#', '?', '/', '\\'], "-")),
    ];
    let query = prop_oneof![Just(String::new()), "\\?(query|after|limit|state)=[!-~]{0,40}"];
    let path = prop_oneof![
        Just("/v1/people".to_owned()),
        Just("/v1/packages".to_owned()),
        Just("/v1/compartments".to_owned()),
        Just("/v1/kiosk/pickups".to_owned()),
        Just("/v1/events".to_owned()),
        id.clone().prop_map(|id| format!("/v1/packages/{id}")),
        id.clone().prop_map(|id| format!("/v1/packages/{id}/deposit")),
        id.clone().prop_map(|id| format!("/v1/packages/{id}/codes")),
        id.prop_map(|id| format!("/v1/openings/{id}")),
        "/[!-~]{0,40}",
    ];
    (path, query).prop_map(|(path, query)| path + &query.replace('#', "-"))
}

fn bodies() -> impl Strategy<Value = String> {
    let text =
        prop_oneof![any::<String>(), "[0-9 ]{0,12}", Just("00000000-0000-0000-0000-000000000000".to_owned())];
    let value = prop_oneof![
        text.prop_map(|t| serde_json::Value::from(t).to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        Just("null".to_owned()),
        Just("[\"fragile\", 1]".to_owned()),
        Just("{}".to_owned()),
    ];
    let key = prop::sample::select(vec![
        "name",
        "email",
        "badge",
        "tracking_number",
        "recipient_id",
        "size",
        "handling",
        "compartment",
        "code",
        "department",
        "odd",
    ]);
    let object = prop::collection::vec((key, value), 0..6).prop_map(|fields| {
        let fields: Vec<String> = fields.iter().map(|(k, v)| format!("\"{k}\": {v}")).collect();
        format!("{{{}}}", fields.join(", "))
    });
    prop_oneof![4 => object, 1 => any::<String>(), 1 => "[\\[{]{0,2000}"]
}

#[test]
fn fuzz_requests() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = runtime.block_on(Node::start());
    let methods =
        prop::sample::select(vec![Method::GET, Method::POST, Method::DELETE, Method::PUT, Method::HEAD]);
    fuzz(&(methods, paths(), bodies(), any::<bool>()), |(method, path, body, json)| {
        let mut request = node.request(method.clone(), &path).bearer_auth(&node.admin);
        if json {
            request = request.header("content-type", "application/json");
        }
        let given = runtime.block_on(answer(request.body(body)));
        prop_assert!(given.status < 500, "{method} {path}: {given:?}");
        if given.status >= 400 && method != Method::HEAD {
            let kind = given.headers.get("content-type").and_then(|v| v.to_str().ok());
            prop_assert_eq!(kind, Some("application/problem+json"), "{} {}: {:?}", method, path, given);
        }
        Ok(())
    });
    let after = runtime.block_on(node.get("/v1/compartments"));
    assert_eq!(after.status, 200, "the node goes on");
    let checked = runtime.block_on(node.station.store().check()).unwrap();
    assert_eq!(checked.fault, None, "and its record is whole");
    runtime.block_on(node.stop());
}
