//! The document says what the router does.

use serde_json::Value;
use std::collections::BTreeSet;

/// What integrators rely on.
const ROUTES: [&str; 18] = [
    "post /v1/people",
    "post /v1/packages",
    "get /v1/packages",
    "get /v1/packages/{id}",
    "post /v1/packages/{id}/deposit",
    "post /v1/packages/{id}/codes",
    "get /v1/openings/{id}",
    "get /v1/compartments",
    "post /v1/kiosk/pickups",
    "post /v1/people/{id}/badges",
    "post /v1/badges/{id}/block",
    "post /v1/badges/{id}/unblock",
    "post /v1/people/{id}/delegations",
    "delete /v1/delegations/{id}",
    "post /v1/people/{id}/holds",
    "delete /v1/holds/{id}",
    "get /v1/events",
    "get /v1/openapi.json",
];

#[test]
fn the_document_lists_every_route() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let (mut listed, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            listed.insert(format!("{method} {path}"));
            let id = operation["operationId"].to_string();
            assert!(ids.insert(id.clone()), "{id} names two operations");
            assert!(operation["security"].is_array(), "{method} {path} says nothing of tokens");
            assert!(operation["summary"].is_string(), "{method} {path} says nothing of itself");
        }
    }
    assert_eq!(listed, ROUTES.map(String::from).into());
    references(&document, &document);
}

/// Every `$ref` leads somewhere.
fn references(value: &Value, document: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(to) = fields.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to} is nowhere");
            }
            fields.values().for_each(|v| references(v, document));
        }
        Value::Array(items) => items.iter().for_each(|v| references(v, document)),
        _ => {}
    }
}

#[test]
fn words_are_spelled_as_the_routes_spell_them() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let words = |name: &str| document["components"]["schemas"][name]["enum"].to_string();
    assert_eq!(words("Size"), r#"["S","M","L","XL","oversize"]"#);
    assert_eq!(
        words("Handling"),
        r#"["fragile","confidential","high_value","oversize","perishable","cold"]"#
    );
    assert!(words("PackageState").contains("handed_over") && words("OpeningState").contains("not_opened"));
}
