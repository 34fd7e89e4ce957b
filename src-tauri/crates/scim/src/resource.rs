//! A resource in one form: names as the schemas spell them, values of their types, nothing empty.
//!
//! What the schemas don't know, what the client may not set, and what is dropped is not in it.

use crate::schema::{Attribute, GROUP, Mutability, ResourceType, Type, find};
use crate::{Base, Error, Etag, Kind, Result};
use domain::time::Wall;
use serde_json::{Map, Value, json};

/// Bytes of one text.
const TEXT_MAX: usize = 4096;
/// Values of one attribute; the members of a group are as many as there are people.
const VALUES_MAX: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    kind: &'static ResourceType,
    attributes: Map<String, Value>,
}

impl PartialEq for ResourceType {
    fn eq(&self, other: &ResourceType) -> bool {
        self.name == other.name
    }
}

/// What the server knows of a resource.
#[derive(Clone, Debug)]
pub struct Meta {
    pub id: String,
    pub created: Wall,
    pub modified: Wall,
    pub version: Etag,
}

impl Resource {
    /// Reads what a client sends to make or to replace a resource.
    pub fn read(kind: &'static ResourceType, body: Value) -> Result<Resource> {
        let Value::Object(sent) = body else {
            return Err(Error::new(Kind::InvalidSyntax, "the body is not an object"));
        };
        let mut resource = Resource { kind, attributes: Map::new() };
        for (name, value) in sent {
            if name.eq_ignore_ascii_case("schemas") {
                speaks(kind.core.id, &value)?;
            } else if let Some(extension) = kind.extension(&name) {
                let Value::Object(sent) = value else {
                    return Err(Error::value(extension.id, "is no object"));
                };
                let read = parts(extension.attributes, sent)?;
                put(&mut resource.attributes, extension.id, Some(Value::Object(read)));
            } else if let Some(attribute) = kind.attribute(&name) {
                put(&mut resource.attributes, attribute.name, self::read(attribute, value)?);
            }
        }
        resource.settle()?;
        Ok(resource)
    }

    /// One that was kept.
    pub fn kept(kind: &'static ResourceType, attributes: Map<String, Value>) -> Resource {
        Resource { kind, attributes }
    }

    pub fn kind(&self) -> &'static ResourceType {
        self.kind
    }
    pub fn attributes(&self) -> &Map<String, Value> {
        &self.attributes
    }
    pub fn attributes_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.attributes
    }
    pub fn into_attributes(self) -> Map<String, Value> {
        self.attributes
    }
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str()
    }
    pub fn extension(&self, id: &str) -> Option<&Map<String, Value>> {
        self.attributes.get(id)?.as_object()
    }

    /// Whether the person may fetch packages; `None` if the client doesn't say.
    pub fn active(&self) -> Option<bool> {
        self.attributes.get("active")?.as_bool()
    }
    pub fn set_active(&mut self, active: bool) {
        self.attributes.insert("active".into(), active.into());
    }

    /// The ids of a group's members.
    pub fn members(&self) -> Vec<String> {
        let members = self.attributes.get("members").and_then(Value::as_array);
        let ids = members.into_iter().flatten().filter_map(|member| member["value"].as_str());
        ids.map(ToOwned::to_owned).collect()
    }
    pub fn set_members(&mut self, ids: impl IntoIterator<Item = String>) {
        let members: Vec<_> = ids.into_iter().map(|id| json!({ "value": id })).collect();
        put(&mut self.attributes, "members", Some(members.into()));
    }
    /// The groups a user is in: ids and names.
    pub fn set_groups(&mut self, base: &Base, groups: impl IntoIterator<Item = (String, String)>) {
        let entry = |(id, name): (String, String)| {
            let place = base.location(&GROUP, &id);
            json!({ "value": id, "$ref": place, "display": name, "type": "direct" })
        };
        let groups: Vec<_> = groups.into_iter().map(entry).collect();
        put(&mut self.attributes, "groups", Some(groups.into()));
    }

    /// The resource as it is shown: with its id, its schemas and what the server knows.
    #[must_use]
    pub fn shown(mut self, base: &Base, meta: &Meta) -> Resource {
        if let Some(members) = self.attributes.get_mut("members").and_then(Value::as_array_mut) {
            for member in members {
                if let Some(id) = member["value"].as_str() {
                    member["$ref"] = base.location(&crate::USER, id).into();
                    member["type"] = "User".into();
                }
            }
        }
        let extensions =
            self.kind.extensions.iter().map(|e| e.id).filter(|id| self.attributes.contains_key(*id));
        let schemas: Vec<_> = std::iter::once(self.kind.core.id).chain(extensions).collect();
        let about = json!({
            "resourceType": self.kind.name,
            "created": time(meta.created),
            "lastModified": time(meta.modified),
            "location": base.location(self.kind, &meta.id),
            "version": meta.version.to_string(),
        });
        self.attributes.insert("schemas".into(), schemas.into());
        self.attributes.insert("id".into(), meta.id.as_str().into());
        self.attributes.insert("meta".into(), about);
        self
    }

    /// Brings what belongs together into order after any change, and refuses what can't be kept.
    pub(crate) fn settle(&mut self) -> Result<()> {
        if let Some(members) = self.attributes.get_mut("members").and_then(Value::as_array_mut) {
            let mut seen = std::collections::HashSet::new();
            let mut kept = Vec::with_capacity(members.len());
            for member in members.drain(..) {
                let is_user = member["type"].as_str().is_none_or(|kind| kind.eq_ignore_ascii_case("user"));
                let id = member["value"].as_str().or_else(|| last(member["$ref"].as_str()?));
                let id =
                    id.filter(|_| is_user).ok_or_else(|| Error::value("members", "are not all users"))?;
                if seen.insert(id.to_owned()) {
                    kept.push(json!({ "value": id }));
                }
            }
            *members = kept;
        }
        let extensions = self.kind.extensions.iter().filter_map(|e| self.attributes.get(e.id)?.as_object());
        let holders = std::iter::once(&self.attributes).chain(extensions);
        for (name, value) in holders.flatten() {
            if name != "members" && value.as_array().is_some_and(|values| values.len() > VALUES_MAX) {
                return Err(Error::value(name, "has too many values"));
            }
        }
        for attribute in self.kind.core.attributes {
            let value = self.attributes.get(attribute.name);
            let blank = value.is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty()));
            if attribute.required && blank {
                return Err(Error::value(attribute.name, "is required"));
            }
            let elements = value.and_then(Value::as_array).into_iter().flatten();
            if elements.filter(|element| element["primary"] == true).count() > 1 {
                return Err(Error::value(attribute.name, "has more than one primary"));
            }
        }
        Ok(())
    }
}

fn time(wall: Wall) -> Option<String> {
    let time = chrono::DateTime::from_timestamp_millis(wall.0)?;
    Some(time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

fn last(reference: &str) -> Option<&str> {
    reference.rsplit('/').next().filter(|id| !id.is_empty())
}

fn speaks(schema: &str, schemas: &Value) -> Result<()> {
    let named = schemas.as_array().into_iter().flatten().filter_map(Value::as_str);
    if named.into_iter().any(|name| name.eq_ignore_ascii_case(schema)) {
        return Ok(());
    }
    Err(Error::new(Kind::InvalidSyntax, format!("schemas doesn't name {schema}")))
}

/// Sets, or takes away what is nothing.
pub(crate) fn put(map: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value.filter(|value| !nothing(value)) {
        Some(value) => map.insert(name.to_owned(), value),
        None => map.remove(name),
    };
}

/// No value, by RFC 7643, 2.5.
pub(crate) fn nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(parts) => parts.is_empty(),
        _ => false,
    }
}

/// `true` and `false`, also as the texts that Entra sends.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        t if t.eq_ignore_ascii_case("true") => Some(true),
        t if t.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A value of an attribute; `None` where there is nothing, or nothing that the client may set.
pub(crate) fn read(attribute: &'static Attribute, value: Value) -> Result<Option<Value>> {
    if attribute.mutability == Mutability::ReadOnly || nothing(&value) {
        return Ok(None);
    }
    if !attribute.many {
        return element(attribute, value);
    }
    let sent = match value {
        Value::Array(elements) => elements,
        one => vec![one],
    };
    let mut elements: Vec<Value> = Vec::with_capacity(sent.len());
    for value in sent {
        let blank = nothing(&value);
        let read = element(attribute, value)?;
        if read.is_none() && !blank {
            return Err(Error::value(attribute.name, "has a value without a part that is known"));
        }
        elements.extend(read);
    }
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

/// One value, or one of many.
pub(crate) fn element(attribute: &'static Attribute, value: Value) -> Result<Option<Value>> {
    let read = match (attribute.kind, value) {
        (_, Value::Null) => return Ok(None),
        (Type::Complex, Value::Object(sent)) => Value::Object(parts(attribute.parts, sent)?),
        // Entra sends a manager as the bare id.
        (Type::Complex, Value::String(text)) if attribute.part("value").is_some() => {
            json!({ "value": bounded(attribute, text)? })
        }
        (Type::Text | Type::Reference | Type::DateTime, Value::String(text)) => {
            Value::String(bounded(attribute, text)?)
        }
        (Type::Boolean, Value::Bool(yes)) => Value::Bool(yes),
        (Type::Boolean, Value::String(text)) => match boolean(&text) {
            Some(yes) => Value::Bool(yes),
            None => return Err(Error::value(attribute.name, "is neither true nor false")),
        },
        (Type::Integer, Value::Number(number)) => Value::Number(number),
        _ => return Err(Error::value(attribute.name, "is of another type")),
    };
    Ok((!nothing(&read)).then_some(read))
}

fn bounded(attribute: &Attribute, text: String) -> Result<String> {
    if text.len() > TEXT_MAX { Err(Error::value(attribute.name, "is too long")) } else { Ok(text) }
}

/// The parts of a complex value or of an extension.
pub(crate) fn parts(known: &'static [Attribute], sent: Map<String, Value>) -> Result<Map<String, Value>> {
    let mut parts = Map::new();
    for (name, value) in sent {
        if let Some(attribute) = find(known, &name) {
            put(&mut parts, attribute.name, read(attribute, value)?);
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::USER;

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
            (json!({ "userName": "ada", "title": "secret".repeat(TEXT_MAX) }), Kind::InvalidValue),
            (
                json!({ "userName": "ada", "emails": vec![json!({ "value": "secret" }); 101] }),
                Kind::InvalidValue,
            ),
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
        let group =
            |members: Value| Resource::read(&GROUP, json!({ "displayName": "Lab", "members": members }));
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
        let meta = Meta { id: "7".into(), created: Wall(0), modified: Wall(1_500), version: Etag::of(3) };
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
                          "lastModified": "1970-01-01T00:00:01.500Z", "version": "W/\"3\"",
                          "location": "https://cubby.example/scim/v2/Users/7" },
            })
        );
    }
}
