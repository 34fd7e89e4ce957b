//! PATCH as the RFC writes it, and as Okta and Entra send it.

#![allow(clippy::unwrap_used)] // clippy takes helpers of a test for no test

use scim::{GROUP, Kind, Patch, Resource, ResourceType, USER};
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const BADGES: &str = "urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User";

fn ada() -> Value {
    json!({
        "userName": "ada", "active": true, "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "value": "ada@work.example", "type": "work", "primary": true },
                   { "value": "ada@home.example", "type": "home" }],
        ENTERPRISE: { "department": "Engines", "manager": { "value": "1" } },
    })
}

fn lab() -> Value {
    json!({ "displayName": "Lab", "members": [{ "value": "1" }, { "value": "2" }] })
}

fn patched(kind: &'static ResourceType, whole: Value, operations: &Value) -> scim::Result<Value> {
    let body =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
    let before = Resource::read(kind, whole)?;
    Ok(Value::Object(
        Patch::parse(body)?.apply(before, "7", &|badge| Ok(format!("#{badge}")))?.into_attributes(),
    ))
}

#[track_caller]
fn user(operations: &Value) -> Value {
    patched(&USER, ada(), operations).unwrap()
}

#[track_caller]
fn members(operations: &Value) -> Value {
    patched(&GROUP, lab(), operations).unwrap()["members"].take()
}

#[test]
fn one_value_is_set_and_taken_away_by_its_path() {
    let after = user(&json!([
        { "op": "replace", "path": "userName", "value": "ada.l" },
        { "op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "Countess" },
        { "op": "replace", "path": "name.familyName", "value": "King" },
        { "op": "remove", "path": "name.givenName" },
        { "op": "add", "path": format!("{ENTERPRISE}:division"), "value": "One" },
        { "op": "remove", "path": format!("{ENTERPRISE}:department") },
        { "op": "add", "path": format!("{BADGES}:badges"), "value": ["4711"] },
        { "op": "add", "path": format!("{BADGES}:badges"), "value": ["4711", "4712"] },
    ]));
    assert_eq!((&after["userName"], &after["title"]), (&json!("ada.l"), &json!("Countess")));
    assert_eq!(after["name"], json!({ "familyName": "King" }));
    assert_eq!(after[ENTERPRISE], json!({ "division": "One", "manager": { "value": "1" } }));
    assert_eq!(after[BADGES], json!({ "badges": ["#4711", "#4712"] }));
    let gone = user(&json!([{ "op": "remove", "path": ENTERPRISE }, { "op": "remove", "path": "name" },
                           { "op": "replace", "path": "emails", "value": [] }]));
    assert_eq!(gone, json!({ "userName": "ada", "active": true }));
    let emptied = user(&json!([{ "op": "remove", "path": format!("{ENTERPRISE}:manager.value") },
                              { "op": "remove", "path": format!("{ENTERPRISE}:department") }]));
    assert!(emptied.get(ENTERPRISE).is_none());
}

#[test]
fn badges_are_taken_away_by_their_number_though_it_is_not_kept() {
    let path = format!("{BADGES}:badges");
    let badges = |more: Value| {
        let all = json!({ "op": "add", "path": path, "value": ["1", "2", "3"] });
        user(&json!([all, more]))[BADGES]["badges"].take()
    };
    assert_eq!(badges(json!({ "op": "remove", "path": path, "value": ["2"] })), json!(["#1", "#3"]));
    let one = format!("{path}[value eq \"3\"]");
    assert_eq!(badges(json!({ "op": "remove", "path": one })), json!(["#1", "#2"]));
    assert_eq!(badges(json!({ "op": "replace", "value": { BADGES: { "badges": "9" } } })), json!(["#9"]));
    assert_eq!(badges(json!({ "op": "replace", "path": BADGES, "value": { "badges": [] } })), Value::Null);
}

#[test]
fn of_many_values_those_that_the_filter_means_are_changed() {
    let emails = |operations: &Value| user(operations)["emails"].take();
    let work = json!({ "value": "ada@work.example", "type": "work", "primary": true });
    let home = json!({ "value": "ada@home.example", "type": "home" });
    assert_eq!(
        emails(&json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "a@x" }])),
        json!([work, { "value": "a@x", "type": "home" }])
    );
    assert_eq!(emails(&json!([{ "op": "remove", "path": "emails[type eq \"work\"]" }])), json!([home]));
    assert_eq!(
        emails(
            &json!([{ "op": "replace", "path": "emails[value ew \"home.example\"]", "value": { "value": "b@x" } }])
        ),
        json!([work, { "value": "b@x" }])
    );
    assert_eq!(
        emails(
            &json!([{ "op": "add", "path": "emails[type eq \"home\"]", "value": { "display": "At home" } }])
        ),
        json!([work, { "value": "ada@home.example", "type": "home", "display": "At home" }])
    );
    assert_eq!(
        emails(&json!([{ "op": "remove", "path": "emails.type" }])),
        json!([{ "value": "ada@work.example", "primary": true }, { "value": "ada@home.example" }])
    );
    assert_eq!(emails(&json!([{ "op": "remove", "path": "emails[type eq \"fax\"]" }])), json!([work, home]));
}

#[test]
fn there_is_one_primary_value_the_last_one_that_was_made_so() {
    let primary = |operations: &Value| {
        let after = user(operations);
        let emails = after["emails"].as_array().unwrap();
        let primary: Vec<_> =
            emails.iter().filter(|e| e["primary"] == true).map(|e| e["value"].clone()).collect();
        primary
    };
    assert_eq!(
        primary(
            &json!([{ "op": "add", "path": "emails", "value": [{ "value": "new@x", "primary": true }] }])
        ),
        ["new@x"]
    );
    assert_eq!(
        primary(&json!([{ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": "True" }])),
        ["ada@home.example"]
    );
    let two = json!([{ "value": "a@x", "primary": true }, { "value": "b@x", "primary": true }]);
    let refused = patched(&USER, ada(), &json!([{ "op": "replace", "path": "emails", "value": two }]));
    assert_eq!(refused.unwrap_err().kind, Some(Kind::InvalidValue));
}

#[test]
fn entra_writes_operations_values_and_keys_in_its_own_way() {
    let after = user(&json!([
        { "op": "Replace", "path": "active", "value": "False" },
        { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 2" },
        { "op": "Replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1 3" },
        { "op": "Add", "path": "roles[primary eq \"True\"].value", "value": "User" },
        { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "42" },
        { "op": "Replace", "value": {
            "name.givenName": "Augusta", "emails[type eq \"work\"].value": "augusta@work.example",
            format!("{ENTERPRISE}:department"): "Poetry", "colour": "red" } },
    ]));
    assert_eq!(after["active"], false);
    let phones = json!([{ "type": "mobile", "value": "+1 2" }, { "type": "work", "value": "+1 3" }]);
    assert_eq!(after["phoneNumbers"], phones);
    assert_eq!(after["roles"], json!([{ "primary": true, "value": "User" }]));
    assert_eq!(after[ENTERPRISE], json!({ "department": "Poetry", "manager": { "value": "42" } }));
    assert_eq!(after["name"]["givenName"], "Augusta");
    assert_eq!(after["emails"][0]["value"], "augusta@work.example");

    let add = json!([{ "op": "Add", "path": "members", "value": [{ "value": "3" }, { "value": "1" }] }]);
    assert_eq!(members(&add), json!([{ "value": "1" }, { "value": "2" }, { "value": "3" }]));
    let remove =
        json!([{ "op": "Remove", "path": "members", "value": [{ "value": "1" }, { "value": "9" }] }]);
    assert_eq!(members(&remove), json!([{ "value": "2" }]));
    assert_eq!(members(&json!([{ "op": "Remove", "path": "members" }])), Value::Null);
}

#[test]
fn okta_replaces_without_a_path() {
    let after = user(&json!([{ "op": "replace", "value": { "active": false } }]));
    assert_eq!(after["active"], false);
    assert_eq!(after["name"], ada()["name"]);
    let rename = json!([{ "op": "replace", "value": { "id": "7", "displayName": "Lab 2" } }]);
    assert_eq!(patched(&GROUP, lab(), &rename).unwrap()["displayName"], "Lab 2");
    let whole = json!([{ "op": "replace", "value": { "schemas": ["x"], "meta": {}, "groups": [], "password": "x",
        "name": { "givenName": null, "familyName": "King" }, ENTERPRISE: { "department": "Poetry" } } }]);
    let after = user(&whole);
    assert_eq!(after["name"], json!({ "familyName": "King" }));
    assert_eq!(after[ENTERPRISE], json!({ "department": "Poetry", "manager": { "value": "1" } }));
    assert!(after.get("password").is_none());
    let sync = json!([
        { "op": "remove", "path": "members[value eq \"1\"]" },
        { "op": "add", "path": "members", "value": [{ "value": "3", "display": "Ada" }] },
    ]);
    assert_eq!(members(&sync), json!([{ "value": "2" }, { "value": "3" }]));
    let all = json!([{ "op": "replace", "path": "members", "value": [{ "value": "8" }] }]);
    assert_eq!(members(&all), json!([{ "value": "8" }]));
}

#[test]
fn what_can_not_be_done_is_refused_with_the_rfcs_word() {
    let table = [
        (json!([]), Kind::InvalidSyntax),
        (json!({}), Kind::InvalidSyntax),
        (json!([1]), Kind::InvalidSyntax),
        (json!([{ "path": "title", "value": "x" }]), Kind::InvalidSyntax),
        (json!([{ "op": "move", "path": "title", "value": "x" }]), Kind::InvalidSyntax),
        (json!([{ "op": "remove" }]), Kind::NoTarget),
        (json!([{ "op": "add", "path": "title" }]), Kind::InvalidValue),
        (json!([{ "op": "add", "value": "x" }]), Kind::InvalidValue),
        (json!([{ "op": "add", "path": 7, "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "emails[", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "colour", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "title.x", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "urn:x:y:title", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "name[givenName pr]", "value": "x" }]), Kind::InvalidPath),
        (json!([{ "op": "add", "path": "emails[colour eq 1].value", "value": "x" }]), Kind::InvalidFilter),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"nonsense\"].value", "value": "x" }]),
            Kind::NoTarget,
        ),
        (
            json!([{ "op": "replace", "path": "emails[value eq \"a@x\"]", "value": { "type": "work" } }]),
            Kind::NoTarget,
        ),
        (json!([{ "op": "add", "path": "emails[type gt \"z\"].value", "value": "x" }]), Kind::NoTarget),
        (json!([{ "op": "replace", "path": "phoneNumbers.value", "value": "x" }]), Kind::NoTarget),
        (json!([{ "op": "replace", "path": "active", "value": "perhaps" }]), Kind::InvalidValue),
        (json!([{ "op": "replace", "path": "emails", "value": [7] }]), Kind::InvalidValue),
        (json!([{ "op": "replace", "path": "userName", "value": " " }]), Kind::InvalidValue),
        (json!([{ "op": "remove", "path": "userName" }]), Kind::Mutability),
        (json!([{ "op": "replace", "path": "id", "value": "8" }]), Kind::Mutability),
        (json!([{ "op": "replace", "value": { "id": "8" } }]), Kind::Mutability),
        (json!([{ "op": "add", "path": "groups", "value": [{ "value": "1" }] }]), Kind::Mutability),
        (json!([{ "op": "remove", "path": "meta.version" }]), Kind::Mutability),
        (
            json!([{ "op": "add", "path": format!("{ENTERPRISE}:manager.displayName"), "value": "x" }]),
            Kind::Mutability,
        ),
    ];
    for (operations, kind) in table {
        let refused = patched(&USER, ada(), &operations).unwrap_err();
        assert_eq!(refused.kind, Some(kind), "{operations}: {refused}");
    }
    for operations in [
        json!([{ "op": "replace", "path": "members[value eq \"1\"].value", "value": "9" }]),
        json!([{ "op": "replace", "path": "members[value eq \"1\"]", "value": { "value": "9" } }]),
        json!([{ "op": "remove", "path": "members.value" }]),
        json!([{ "op": "remove", "path": "displayName" }]),
    ] {
        let refused = patched(&GROUP, lab(), &operations).unwrap_err();
        assert_eq!(refused.kind, Some(Kind::Mutability), "{operations}: {refused}");
    }
    assert_eq!(Patch::parse(json!({ "Operations": [] })).unwrap_err().kind, Some(Kind::InvalidSyntax));
    let many = vec![json!({ "op": "remove", "path": "title" }); 1_001];
    assert_eq!(patched(&USER, ada(), &json!(many)).unwrap_err().status, 413);
}
