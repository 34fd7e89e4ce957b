//! The HTTP API, whatever is sent to it: an answer or a problem, never a failure of the node, and the node goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Node, answer};
use fuzz::fuzz;
use proptest::prelude::*;
use reqwest::Method;
use station::Scope;

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

fn scim_bodies() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        prop::sample::select(vec![
            "true",
            "null",
            "[]",
            "7",
            "\"a@x\"",
            "\"work\"",
            "[\"4711\"]",
            "{\"value\":\"a@x\"}"
        ])
        .prop_map(ToOwned::to_owned),
        Just("[{\"value\":\"a@x\",\"primary\":true},{\"type\":\"work\"}]".to_owned()),
    ];
    let key = prop::sample::select(vec![
        "userName",
        "displayName",
        "members",
        "emails",
        "active",
        "name",
        "externalId",
        "id",
        "schemas",
        "nickName",
        "urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User",
        "emails[type eq \\\"work\\\"].value",
    ]);
    let object = prop::collection::vec((key.clone(), value.clone()), 0..5).prop_map(|fields| {
        let fields: Vec<String> = fields.iter().map(|(k, v)| format!("\"{k}\": {v}")).collect();
        format!("{{{}}}", fields.join(", "))
    });
    let operation =
        (prop::sample::select(vec!["Add", "replace", "REMOVE"]), key, prop_oneof![value, object.clone()])
            .prop_map(|(op, path, value)| {
                format!("{{\"op\":\"{op}\",\"path\":\"{path}\",\"value\":{value}}}")
            });
    let patch = prop::collection::vec(operation, 1..4).prop_map(|operations| {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        format!("{{\"schemas\":[\"{schema}\"],\"Operations\":[{}]}}", operations.join(","))
    });
    prop_oneof![3 => object, 3 => patch, 1 => any::<String>()]
}

#[test]
fn fuzz_scim_requests() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let node = runtime.block_on(Node::start());
    let token = runtime.block_on(node.token(Scope::Directory));
    let ask = |method: Method, path: &str, body: String| {
        let request = node.request(method, &format!("/scim/v2{path}")).bearer_auth(&token).body(body);
        runtime.block_on(answer(request))
    };
    let made = ask(Method::POST, "/Users", "{\"userName\":\"ada\"}".into());
    let user = format!("/Users/{}", made.text("id"));
    let made = ask(Method::POST, "/Groups", "{\"displayName\":\"Lab\"}".into());
    let group = format!("/Groups/{}", made.text("id"));
    let queries = "\\?(filter|attributes|excludedAttributes|startIndex|count)=[!-~]{0,40}";
    let queries = prop_oneof![Just(String::new()), queries.prop_map(|query: String| query.replace('#', "-"))];
    let fixed = ["/Users", "/Groups", "/.search", "/Users/.search", "/Schemas", "/Users/x"];
    let ends: Vec<String> = fixed.iter().map(ToString::to_string).chain([user, group]).collect();
    let ends = prop::sample::select(ends);
    let methods = prop::sample::select(vec![Method::GET, Method::POST, Method::PUT, Method::PATCH]);
    fuzz(&(methods, ends, queries, scim_bodies()), |(method, end, query, body)| {
        let given = ask(method.clone(), &format!("{end}{query}"), body);
        prop_assert!(given.status < 500, "{method} {end}{query}: {given:?}");
        if given.status != 204 {
            let kind = given.headers.get("content-type").and_then(|v| v.to_str().ok());
            prop_assert_eq!(kind, Some("application/scim+json"), "{} {}: {:?}", method, end, given);
        }
        Ok(())
    });
    let checked = runtime.block_on(node.station.store().check()).unwrap();
    assert_eq!(checked.fault, None, "its record is whole");
    runtime.block_on(node.stop());
}
