//! How much of a resource an answer carries (RFC 7644, 3.9).

use crate::compare::{Target, resolve};
use crate::schema::ResourceType;
use crate::{Error, Kind, Path, Resource, Result};
use serde_json::{Map, Value};

/// `attributes` or `excludedAttributes`; neither is everything.
#[derive(Debug, Default)]
pub struct Projection {
    wanted: Vec<Path>,
    unwanted: Vec<Path>,
}

/// Names in one projection.
const NAMES_MAX: usize = 200;

/// A list of names, between commas.
pub(crate) fn names(text: &str) -> Result<Vec<Path>> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.take(NAMES_MAX).map(Path::parse).collect()
}

impl Projection {
    pub fn new(wanted: Vec<Path>, unwanted: Vec<Path>) -> Result<Projection> {
        if !wanted.is_empty() && !unwanted.is_empty() {
            let what = "attributes and excludedAttributes exclude each other";
            return Err(Error::new(Kind::InvalidValue, what));
        }
        Ok(Projection { wanted, unwanted })
    }

    /// Reads the parameters of a URL.
    pub fn of_url<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Projection> {
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for (name, value) in parameters {
            if name.eq_ignore_ascii_case("attributes") {
                wanted.extend(names(value)?);
            } else if name.eq_ignore_ascii_case("excludedAttributes") {
                unwanted.extend(names(value)?);
            }
        }
        Projection::new(wanted, unwanted)
    }

    /// Whether an answer may carry this attribute of the core schema, so that it need not be looked up if not.
    pub fn wants(&self, kind: &'static ResourceType, attribute: &str) -> bool {
        let names = |path: &Path| {
            let target = resolve(kind, path)?;
            let whole = target.sub.is_none();
            target.attribute.filter(|found| target.extension.is_none() && found.name == attribute)?;
            Some(whole)
        };
        let excluded = self.unwanted.iter().any(|path| names(path) == Some(true));
        (self.wanted.is_empty() || self.wanted.iter().any(|path| names(path).is_some())) && !excluded
    }

    pub fn apply(&self, resource: Resource) -> Map<String, Value> {
        let kind = resource.kind();
        let mut whole = resource.into_attributes();
        if self.wanted.is_empty() {
            for path in &self.unwanted {
                // Names that no schema knows take nothing away.
                if let Some(target) = resolve(kind, path) {
                    take_away(&mut whole, &target);
                }
            }
            return whole;
        }
        let mut part = Map::new();
        for path in &self.wanted {
            if let Some(target) = resolve(kind, path) {
                add(&mut part, &whole, &target);
            }
        }
        for name in whole.keys().cloned().collect::<Vec<_>>() {
            if always(kind, &name)
                && let Some(value) = whole.remove(&name)
            {
                part.insert(name, value);
            }
        }
        part
    }
}

fn always(kind: &ResourceType, name: &str) -> bool {
    kind.attribute(name).is_some_and(|attribute| attribute.always)
}

fn take_away(whole: &mut Map<String, Value>, target: &Target) {
    let holder = match (target.extension, target.attribute) {
        (Some(extension), None) => {
            whole.remove(extension.id);
            return;
        }
        (Some(extension), Some(_)) => whole.get_mut(extension.id).and_then(Value::as_object_mut),
        (None, _) => Some(whole),
    };
    let (Some(holder), Some(attribute)) = (holder, target.attribute) else { return };
    match (target.sub, holder.get_mut(attribute.name)) {
        (None, _) if attribute.always => {}
        (None, _) => {
            holder.remove(attribute.name);
        }
        (Some(sub), Some(Value::Object(parts))) => {
            parts.remove(sub.name);
        }
        (Some(sub), Some(Value::Array(elements))) => {
            for parts in elements.iter_mut().filter_map(Value::as_object_mut) {
                parts.remove(sub.name);
            }
        }
        _ => {}
    }
}

fn add(part: &mut Map<String, Value>, whole: &Map<String, Value>, target: &Target) {
    let (part, whole) = match target.extension {
        None => (part, whole),
        Some(extension) => {
            let Some(Value::Object(whole)) = whole.get(extension.id) else { return };
            let Value::Object(part) = part.entry(extension.id).or_insert_with(|| Value::Object(Map::new()))
            else {
                return;
            };
            (part, whole)
        }
    };
    let Some(attribute) = target.attribute else {
        part.clone_from(whole);
        return;
    };
    let Some(value) = whole.get(attribute.name) else { return };
    match (target.sub, value) {
        (None, _) => {
            part.insert(attribute.name.to_owned(), value.clone());
        }
        (Some(sub), Value::Object(parts)) => {
            let slot = part.entry(attribute.name).or_insert_with(|| Value::Object(Map::new()));
            copy(slot, parts, sub.name);
        }
        (Some(sub), Value::Array(elements)) => {
            let empty = || Value::Array(vec![Value::Object(Map::new()); elements.len()]);
            let slots = part.entry(attribute.name).or_insert_with(empty);
            let slots = slots.as_array_mut().into_iter().flatten();
            for (slot, element) in slots.zip(elements) {
                if let Value::Object(parts) = element {
                    copy(slot, parts, sub.name);
                }
            }
        }
        _ => {}
    }
}

fn copy(slot: &mut Value, parts: &Map<String, Value>, name: &str) {
    if let (Some(slot), Some(value)) = (slot.as_object_mut(), parts.get(name)) {
        slot.insert(name.to_owned(), value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::USER;
    use serde_json::json;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn projected(name: &str, value: &str) -> Value {
        let whole = json!({
            "schemas": ["s"], "id": "7", "userName": "ada", "name": { "givenName": "Ada", "familyName": "L" },
            "emails": [{ "value": "a@x", "type": "work" }, { "value": "b@x" }],
            ENTERPRISE: { "department": "Engines", "division": "One" },
        });
        let Value::Object(whole) = whole else { unreachable!() };
        let projection = Projection::of_url([(name, value)]).unwrap();
        Value::Object(projection.apply(Resource::kept(&USER, whole)))
    }

    #[test]
    fn an_answer_carries_what_was_asked_for_and_what_it_always_must() {
        assert_eq!(
            projected("attributes", "USERNAME"),
            json!({ "schemas": ["s"], "id": "7", "userName": "ada" })
        );
        assert_eq!(
            projected(
                "attributes",
                &format!("name.givenName, emails.type,emails.value,colour,{ENTERPRISE}:division")
            ),
            json!({
                "schemas": ["s"], "id": "7", "name": { "givenName": "Ada" },
                "emails": [{ "value": "a@x", "type": "work" }, { "value": "b@x" }], ENTERPRISE: { "division": "One" },
            })
        );
        assert_eq!(projected("attributes", ENTERPRISE)[ENTERPRISE]["department"], "Engines");
    }

    #[test]
    fn an_answer_leaves_out_what_was_excluded_but_not_what_it_always_carries() {
        let left = projected(
            "excludedAttributes",
            &format!("id,schemas,emails.type,name,{ENTERPRISE}:division,colour"),
        );
        assert_eq!(
            left,
            json!({ "schemas": ["s"], "id": "7", "userName": "ada", "emails": [{ "value": "a@x" }, { "value": "b@x" }],
                    ENTERPRISE: { "department": "Engines" } })
        );
        assert!(projected("excludedAttributes", ENTERPRISE).get(ENTERPRISE).is_none());
        let both = Projection::of_url([("attributes", "a"), ("excludedAttributes", "b")]);
        assert_eq!(both.unwrap_err().kind, Some(Kind::InvalidValue));
    }

    #[test]
    fn what_no_answer_will_carry_need_not_be_looked_up() {
        let wants = |name, value| Projection::of_url([(name, value)]).unwrap().wants(&USER, "groups");
        assert!(
            wants("attributes", "userName,groups.display")
                && wants("excludedAttributes", "userName,groups.display")
        );
        assert!(!wants("attributes", "userName") && !wants("excludedAttributes", "Groups"));
        assert!(Projection::default().wants(&USER, "groups"));
    }
}
