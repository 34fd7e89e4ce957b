//! What a client sends, as one form, and what it is shown.

#![allow(clippy::unwrap_used)] // clippy takes helpers of a test for no test

use domain::time::Wall;
use scim::{Base, Etag, GROUP, Kind, Meta, Resource, USER};
use serde_json::{Value, json};

#[test]
fn a_resource_is_read_into_one_form() {
    let read = Resource::read(
        &USER,
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:user"],
            "USERNAME": "ada", "active": "False", "id": "mine", "meta": { "version": "x" }, "title": null,
            "password": "hunter2", "photos": [{ "value": "http://x" }], "colour": "red",
            "groups": [{ "value": "admins" }],
            "emails": { "Value": "ada@example.com", "primary": "TRUE", "colour": "red" },
            "phoneNumbers": [], "name": { "givenName": null },
            "URN:ietf:params:scim:schemas:extension:Enterprise:2.0:User": {
                "Department": "Engines", "manager": "42" },
            "urn:example:other": { "a": 1 },
        }),
    )
    .unwrap();
    assert_eq!(
        Value::Object(read.into_attributes()),
        json!({
            "userName": "ada", "active": false, "emails": [{ "value": "ada@example.com", "primary": true }],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                "department": "Engines", "manager": { "value": "42" } },
        })
    );
}

#[test]
fn a_malformed_resource_is_refused_with_the_attribute_and_without_its_value() {
    let table = [
        (json!([]), Kind::InvalidSyntax),
        (json!({}), Kind::InvalidValue),
        (json!({ "userName": "  " }), Kind::InvalidValue),
        (json!({ "userName": 7 }), Kind::InvalidValue),
        (json!({ "userName": ["secret-ada"] }), Kind::InvalidValue),
        (json!({ "schemas": [], "userName": "ada" }), Kind::InvalidSyntax),
        (
            json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "userName": "ada" }),
            Kind::InvalidSyntax,
        ),
        (json!({ "userName": "ada", "active": "secret" }), Kind::InvalidValue),
        (json!({ "userName": "ada", "name": "secret" }), Kind::InvalidValue),
        (json!({ "userName": "ada", "emails": [["secret"]] }), Kind::InvalidValue),
        (json!({ "userName": "ada", "emails": [{ "value": { "secret": 1 } }] }), Kind::InvalidValue),
        (json!({ "userName": "ada", "title": "secret".repeat(4_096) }), Kind::InvalidValue),
        (json!({ "userName": "ada", "emails": vec![json!({ "value": "secret" }); 101] }), Kind::InvalidValue),
        (
            json!({ "userName": "ada", "emails": [{ "value": "secret", "primary": true }, { "value": "b", "primary": true }] }),
            Kind::InvalidValue,
        ),
    ];
    for (body, kind) in table {
        let refused = Resource::read(&USER, body.clone()).unwrap_err();
        assert_eq!(refused.kind, Some(kind), "{body}");
        assert!(!refused.detail.contains("secret"), "{refused}");
    }
}

#[test]
fn members_are_users_once_each_by_id_or_by_reference() {
    let group = |members: Value| Resource::read(&GROUP, json!({ "displayName": "Lab", "members": members }));
    let members =
        json!([{ "value": "1", "display": "Ada" }, { "$ref": "https://x/Users/2", "type": "User" }, "1"]);
    assert_eq!(group(members).unwrap().members(), ["1", "2"]);
    for members in [json!([{ "value": "1", "type": "Group" }]), json!([{ "display": "Ada" }])] {
        assert_eq!(group(members).unwrap_err().kind, Some(Kind::InvalidValue));
    }
}

#[test]
fn what_is_shown_names_its_schemas_its_place_and_its_version() {
    let base = Base::new("https://cubby.example/scim/v2");
    let meta =
        Meta { id: "7".into(), created: Wall(0), modified: Wall(1_500), version: Etag::of(3, Wall(1_500)) };
    let mut ada = Resource::read(&USER, json!({ "userName": "ada" })).unwrap();
    ada.set_groups(&base, [("9".into(), "Lab".into())]);
    let shown = Value::Object(ada.shown(&base, &meta).into_attributes());
    assert_eq!(
        shown,
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "7", "userName": "ada",
            "groups": [{ "value": "9", "$ref": "https://cubby.example/scim/v2/Groups/9", "display": "Lab",
                         "type": "direct" }],
            "meta": { "resourceType": "User", "created": "1970-01-01T00:00:00.000Z",
                      "lastModified": "1970-01-01T00:00:01.500Z", "version": "W/\"3-5dc\"",
                      "location": "https://cubby.example/scim/v2/Users/7" },
        })
    );
}

#[test]
fn what_replaces_a_user_keeps_what_the_client_was_never_told_and_a_leaver_left() {
    const BADGES: &str = "urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User";
    let veil = |badge: &str| Ok(format!("#{badge}"));
    let sent = json!({ "userName": "ada", "title": "x", "active": false, BADGES: { "badges": ["1"] } });
    let old = Resource::read(&USER, sent).unwrap().veiled(&veil).unwrap();
    let replaced = |body| Value::Object(old.replaced(body, &veil).unwrap().into_attributes());
    assert_eq!(
        replaced(json!({ "userName": "ada" })),
        json!({ "userName": "ada", "active": false, BADGES: { "badges": ["#1"] } })
    );
    assert_eq!(
        replaced(json!({ "userName": "ada", "ACTIVE": true, BADGES.to_uppercase(): { "Badges": ["2"] } })),
        json!({ "userName": "ada", "active": true, BADGES: { "badges": ["#2"] } })
    );
    let gone = replaced(json!({ "userName": "ada", BADGES: { "badges": [] } }));
    assert!(gone.get(BADGES).is_none(), "{gone}");

    let meta = Meta { id: "7".into(), created: Wall(0), modified: Wall(0), version: Etag::of(1, Wall(0)) };
    let shown = old.shown(&Base::new("https://x"), &meta);
    assert!(!shown.attributes().contains_key(BADGES), "{shown:?}");
}
