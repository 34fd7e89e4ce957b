//! What a SCIM user is to the parcel room.

use crate::schema::{BADGES, CUBBY, ENTERPRISE};
use crate::{Error, Resource, Result};
use domain::directory::Record;
use domain::person::clean_name;
use serde_json::{Map, Value};

/// What the source says of the person; the groups are those that it is a member of, the badges in the form that they
/// are kept in.
pub fn record(user: &Resource, groups: Vec<String>) -> Result<Record> {
    let no_parts = Map::new();
    let name = user.attributes().get("name").and_then(Value::as_object).unwrap_or(&no_parts);
    let enterprise = user.extension(ENTERPRISE.id).unwrap_or(&no_parts);
    let cubby = user.extension(CUBBY.id).unwrap_or(&no_parts);
    let display = user.text("displayName").and_then(clean_name);

    let parts = ["givenName", "middleName", "familyName"].map(|part| text(name, part).unwrap_or_default());
    let whole = text(name, "formatted").and_then(clean_name).or_else(|| clean_name(&parts.join(" ")));
    let (whole, shown) = match (whole, display) {
        (Some(whole), display) => (Some(whole), display),
        (None, display) => (display, None),
    };
    let called = whole.or_else(|| user.text("userName").and_then(clean_name));
    let called = called.ok_or_else(|| Error::value("name", "is too long"))?;
    let preferred =
        text(cubby, "preferredName").and_then(clean_name).or(shown).filter(|name| *name != called);

    let nick = user.text("nickName").and_then(clean_name);
    let aliases =
        text(cubby, "aliases").map(|all| all.split([',', ';', '\n']).filter_map(clean_name).collect());
    let aliases: Option<Vec<String>> = match (aliases, nick) {
        (None, None) => None,
        (given, nick) => {
            let mut all: Vec<String> = given.unwrap_or_default();
            all.extend(nick.filter(|nick| *nick != called && !all.contains(nick)));
            Some(all)
        }
    };
    let badges = user.extension(BADGES.id).and_then(|parts| texts(parts, "badges"));
    Ok(Record {
        name: Some(called),
        preferred_name: preferred,
        aliases,
        email: best(user, "emails", &["work"]),
        phone: best(user, "phoneNumbers", &["mobile", "work"])
            .map(|number| number.strip_prefix("tel:").map(ToOwned::to_owned).unwrap_or(number)),
        department: text(enterprise, "department").and_then(clean_name),
        location: text(cubby, "location").and_then(clean_name).or_else(|| office(user)),
        manager: enterprise
            .get("manager")
            .and_then(|manager| Some(manager.get("value")?.as_str()?.to_owned())),
        groups: Some(groups),
        badges,
        language: user.text("preferredLanguage").or(user.text("locale")).and_then(language),
        channel: text(cubby, "channel").map(str::to_lowercase),
        needs_low_door: cubby.get("needsLowDoor").and_then(Value::as_bool),
        active: user.active(),
    })
}

fn text<'a>(parts: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    parts.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn texts(parts: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    let texts = parts.get(name)?.as_array()?.iter().filter_map(Value::as_str);
    Some(texts.map(ToOwned::to_owned).collect())
}

/// The value that is primary, else the first of the first type that there is, else the first.
fn best(user: &Resource, attribute: &str, types: &[&str]) -> Option<String> {
    let elements = user.attributes().get(attribute)?.as_array()?;
    let value = |element: &Value| {
        let text = element["value"].as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let primary = elements.iter().filter(|element| element["primary"] == true);
    let typed = types.iter().flat_map(|kind| elements.iter().filter(|element| is(element, kind)));
    primary.chain(typed).chain(elements).find_map(value)
}

fn is(element: &Value, kind: &str) -> bool {
    element["type"].as_str().is_some_and(|text| text.eq_ignore_ascii_case(kind))
}

/// Entra puts the office into the other address; the rest say at most the town.
fn office(user: &Resource) -> Option<String> {
    let addresses = user.attributes().get("addresses")?.as_array()?;
    let of = |kind: &str, part: &str| {
        addresses
            .iter()
            .filter(|element| is(element, kind))
            .find_map(|element| clean_name(element[part].as_str()?))
    };
    of("other", "formatted").or_else(|| of("work", "locality"))
}

/// The language of a tag such as `en-GB`; what else comes with it is dropped.
fn language(tag: &str) -> Option<String> {
    let first = tag.trim().split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    let language = matches!(first.len(), 2 | 3) && first.bytes().all(|b| b.is_ascii_alphabetic());
    language.then(|| first.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::USER;
    use serde_json::json;

    fn of(body: Value) -> Record {
        record(&Resource::read(&USER, body).unwrap(), vec!["Lab".into()]).unwrap()
    }

    #[test]
    fn everything_that_the_parcel_room_asks_for_is_found() {
        let record = of(json!({
            "userName": "ada@corp.example", "active": true, "displayName": "Ada L", "nickName": "Countess",
            "name": { "givenName": " Ada ", "familyName": "Lovelace" }, "preferredLanguage": "es-MX,en;q=0.5",
            "emails": [{ "value": "home@x", "type": "home" }, { "value": "ada@corp.example", "type": "Work" }],
            "phoneNumbers": [{ "value": "+1 2", "type": "fax" }, { "value": "tel:+1-3", "type": "mobile" }],
            "addresses": [{ "type": "work", "locality": "London" }, { "type": "other", "formatted": "B2 / 3.14" }],
            ENTERPRISE.id: { "department": "Engines", "manager": { "value": "42" } },
            CUBBY.id: { "aliases": "A. King; A. Byron", "needsLowDoor": "True", "channel": "Email" },
            BADGES.id: { "badges": ["0040856634"] },
        }));
        let expected = Record {
            name: Some("Ada Lovelace".into()),
            preferred_name: Some("Ada L".into()),
            aliases: Some(vec!["A. King".into(), "A. Byron".into(), "Countess".into()]),
            email: Some("ada@corp.example".into()),
            phone: Some("+1-3".into()),
            department: Some("Engines".into()),
            location: Some("B2 / 3.14".into()),
            manager: Some("42".into()),
            groups: Some(vec!["Lab".into()]),
            badges: Some(vec!["0040856634".into()]),
            language: Some("es".into()),
            channel: Some("email".into()),
            needs_low_door: Some(true),
            active: Some(true),
        };
        assert_eq!(record, expected);
    }

    #[test]
    fn who_has_only_a_user_name_is_called_by_it_and_nothing_else_is_said() {
        let said = of(json!({ "userName": "ada@corp.example" }));
        let groups = Some(vec!["Lab".into()]);
        assert_eq!(said, Record { name: Some("ada@corp.example".into()), groups, ..Record::default() });
        let shown = of(
            json!({ "userName": "ada", "displayName": "Ada L", "emails": [{ "value": "b@x" }, { "value": "a@x", "primary": true }] }),
        );
        assert_eq!((shown.name.as_deref(), shown.preferred_name), (Some("Ada L"), None));
        assert_eq!(shown.email.as_deref(), Some("a@x"));
    }
}
