//! What identity providers, and those who only say they are, may send.

#![allow(clippy::unwrap_used)] // clippy takes helpers of a test for no test

use fuzz::fuzz;
use proptest::prelude::*;
use scim::{
    Base, Condition, Etag, Filter, Literal, Meta, Op, Patch, Path, Projection, Query, Resource, Test, USER,
};
use serde_json::{Map, Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const BADGES: &str = "urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User";
const CUBBY: &str = "urn:ietf:params:scim:schemas:extension:cubby:2.0:User";

/// Names that the schemas know, and some that they don't.
fn name() -> impl Strategy<Value = String> {
    let known: &'static [&'static str] = &[
        "userName",
        "id",
        "schemas",
        "meta",
        "externalId",
        "emails",
        "EMAILS",
        "active",
        "name",
        "groups",
        "roles",
        "addresses",
        "title",
        "manager",
        "department",
        "badges",
        "password",
        "members",
        "value",
        "type",
        "primary",
        "givenName",
        "$ref",
        "display",
        "not",
        "and",
        "pr",
    ];
    prop_oneof![4 => proptest::sample::select(known), 1 => Just("colour")].prop_map(Into::into)
}

fn schema() -> impl Strategy<Value = Option<String>> {
    let known: &'static [&'static str] =
        &["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, CUBBY, BADGES, "urn:x", "URN:a.b-c:2.0"];
    prop_oneof![3 => Just(None), 1 => proptest::sample::select(known).prop_map(|urn| Some(urn.to_owned()))]
}

fn plain_path() -> impl Strategy<Value = Path> {
    (schema(), name(), proptest::option::of(name())).prop_map(|(schema, attribute, sub)| Path {
        schema,
        attribute,
        filter: None,
        sub,
    })
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<String>().prop_map(Literal::Text),
        proptest::sample::select(&["work", "true", "ada", "2026-05-13T04:42:34Z"])
            .prop_map(|t| Literal::Text(t.into())),
        any::<i64>().prop_map(|n| Literal::Number(n.into())),
        any::<bool>().prop_map(Literal::Boolean),
        Just(Literal::Null),
    ]
}

fn combined(leaf: impl Strategy<Value = Filter> + 'static) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn plain_filter() -> impl Strategy<Value = Filter> {
    combined(prop_oneof![
        plain_path().prop_map(Filter::Present),
        (plain_path(), proptest::sample::select(&Op::ALL), literal())
            .prop_map(|(p, o, l)| Filter::Compare(p, o, l)),
    ])
}

fn path() -> impl Strategy<Value = Path> {
    (schema(), name(), proptest::option::of(plain_filter()), proptest::option::of(name())).prop_map(
        |(schema, attribute, filter, sub)| Path { schema, attribute, filter: filter.map(Box::new), sub },
    )
}

fn filter() -> impl Strategy<Value = Filter> {
    combined(prop_oneof![
        (path(), proptest::sample::select(&Op::ALL), literal()).prop_map(|(path, op, literal)| {
            if path.filter.is_some() && path.sub.is_none() {
                Filter::Matches(path)
            } else {
                Filter::Compare(path, op, literal)
            }
        }),
        plain_path().prop_map(Filter::Present),
    ])
}

/// Any JSON, mostly of names that mean something.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        proptest::sample::select(&["ada", "a@x", "work", "True", "User", "4711", ""]).prop_map(Value::from),
    ];
    let key = prop_oneof![
        6 => name(),
        1 => path().prop_map(|path| path.to_string()),
        1 => Just(ENTERPRISE.to_owned()),
        1 => Just(CUBBY.to_owned()),
        1 => Just(BADGES.to_owned()),
        1 => any::<String>(),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn user() -> impl Strategy<Value = Resource> {
    proptest::collection::vec((name(), document()), 0..8).prop_map(|entries| {
        let mut read = Resource::read(&USER, json!({ "userName": "ada" })).unwrap();
        for (name, value) in entries {
            let body = json!({ "userName": "ada", name: value });
            if let Ok(more) = Resource::read(&USER, body) {
                read.attributes_mut().extend(more.into_attributes());
            }
        }
        read
    })
}

/// Texts near filters.
fn text() -> impl Strategy<Value = String> {
    let pieces: &'static [&'static str] = &[
        "userName", "emails", "[", "]", "(", ")", ".", ":", "urn:", "\"", "\\", "eq", "pr", "and", "or",
        "not", " ", "true", "null", "1e9", "-", "\"work\"", "ä", "\u{0}", ENTERPRISE,
    ];
    prop_oneof![
        any::<String>(),
        proptest::collection::vec(proptest::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat()),
        filter().prop_map(|filter| filter.to_string()),
        (filter(), any::<proptest::sample::Index>(), any::<char>()).prop_map(|(filter, at, c)| {
            let mut text: Vec<char> = filter.to_string().chars().collect();
            let at = at.index(text.len());
            text[at] = c;
            text.into_iter().collect()
        }),
    ]
}

#[test]
fn fuzz_filters_are_printed_as_they_are_read() {
    fuzz(&filter(), |filter| {
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        Ok(())
    });
}

#[test]
fn fuzz_paths_are_printed_as_they_are_read() {
    fuzz(&path(), |path| {
        prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
        Ok(())
    });
}

#[test]
fn fuzz_texts_that_are_read_as_filters_and_paths() {
    fuzz(&text(), |text| {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
        if let Ok(path) = Path::parse(&text) {
            prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
        }
        let _ = Query::of_url([("filter", text.as_str()), ("count", &text), ("attributes", &text)]);
        let _ = Condition::parse(&text).matches(&Etag::of(1, domain::time::Wall(0)));
        Ok(())
    });
}

#[test]
fn fuzz_a_filter_and_its_negation_never_both_hold() {
    fuzz(&(filter(), user()), |(filter, user)| {
        let Ok(test) = Test::new(&filter, &USER) else { return Ok(()) };
        let not = Test::new(&Filter::Not(Box::new(filter)), &USER).unwrap();
        prop_assert_ne!(test.passes(&user), not.passes(&user));
        Ok(())
    });
}

#[test]
fn fuzz_a_resource_read_again_is_the_same() {
    fuzz(&user(), |user| {
        let whole = Value::Object(user.attributes().clone());
        prop_assert_eq!(Resource::read(&USER, whole), Ok(user.clone()));
        let _ = scim::record(&user, Vec::new());
        Ok(())
    });
}

#[test]
fn fuzz_documents_as_resources_patches_and_searches() {
    fuzz(&document(), |document| {
        let _ = Resource::read(&USER, document.clone());
        let _ = Resource::read(&scim::GROUP, document.clone());
        let _ = Query::of_body(&document);
        let _ = Patch::parse(document);
        Ok(())
    });
}

/// Paths and values that mostly fit.
fn operation() -> impl Strategy<Value = Value> {
    let paths: &'static [&'static str] = &[
        "emails",
        "emails[type eq \"work\"]",
        "emails[primary eq true].value",
        "emails[type eq \"home\" and value pr].type",
        "emails.value",
        "emails.primary",
        "phoneNumbers[type eq \"mobile\"].value",
        "name",
        "name.givenName",
        "title",
        "active",
        "userName",
        "groups",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User:badges",
        "urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User:badges[value eq \"4711\"]",
    ];
    let part = ("[ab]@x|", proptest::option::of("work|home|fax"), any::<Option<bool>>())
        .prop_map(|(value, kind, primary)| json!({ "value": value, "type": kind, "primary": primary }));
    let value = prop_oneof!["[ab]@x|True|4711|", Just("ada".to_owned()),].prop_map(Value::from);
    let value = prop_oneof![
        2 => part.clone(),
        2 => proptest::collection::vec(prop_oneof![part, value.clone()], 0..4).prop_map(Value::from),
        3 => value,
        1 => any::<bool>().prop_map(Value::from),
        1 => document(),
    ];
    let path = prop_oneof![
        8 => proptest::sample::select(paths).prop_map(|path| Some(path.to_owned())),
        1 => path().prop_map(|path| Some(path.to_string())),
        1 => Just(None),
    ];
    (proptest::sample::select(&["Add", "replace", "REMOVE"]), path, value)
        .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }))
}

#[test]
fn fuzz_what_is_patched_can_be_read_again() {
    let email = prop_oneof![
        ("[abc]@x", "work|home|other").prop_map(|(value, kind)| json!({ "value": value, "type": kind })),
        "[abc]@x".prop_map(|value| json!({ "value": value })),
        Just(json!({ "type": "work" })),
    ];
    let user = (user(), proptest::collection::vec(email, 1..4)).prop_map(|(mut user, emails)| {
        user.attributes_mut().insert("emails".into(), emails.into());
        user
    });
    fuzz(&(user, proptest::collection::vec(operation(), 1..4)), |(user, operations)| {
        let body =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        let Ok(patch) = Patch::parse(body) else { return Ok(()) };
        if let Ok(after) = patch.apply(user, "7", &|badge| Ok(badge.to_owned())) {
            let whole = Value::Object(after.attributes().clone());
            prop_assert_eq!(Resource::read(&USER, whole), Ok(after.clone()));
            let _ = scim::record(&after, Vec::new());
        }
        Ok(())
    });
}

#[test]
fn fuzz_a_projection_only_leaves_out() {
    let meta = Meta {
        id: "7".into(),
        created: domain::time::Wall(0),
        modified: domain::time::Wall(0),
        version: Etag::of(1, domain::time::Wall(0)),
    };
    let names = proptest::collection::vec(plain_path(), 0..5);
    fuzz(&(user(), names, any::<bool>()), |(user, paths, wanted)| {
        let shown = user.shown(&Base::new("https://x/scim/v2"), &meta);
        let projection =
            if wanted { Projection::new(paths, Vec::new()) } else { Projection::new(Vec::new(), paths) };
        let part = projection.unwrap().apply(shown.clone());
        for (name, value) in &part {
            let whole = &shown.attributes()[name];
            prop_assert!(whole.is_array() || whole.is_object() || whole == value, "{name}");
        }
        prop_assert_eq!(part.get("id"), Some(&json!("7")));
        prop_assert!(part.contains_key("schemas"));
        Ok(())
    });
}
