//! A resource in one form: names as the schemas spell them, values of their types, nothing empty.
//!
//! What the schemas don't know, what the client may not set, and what is dropped is not in it.

use crate::schema::{Attribute, BADGES, GROUP, Mutability, ResourceType, Type, find};
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

/// Turns what is never told again, such as the number of a badge, into the form that it is kept in.
pub type Veil<'a> = &'a dyn Fn(&str) -> Result<String>;

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

    /// What a client sends in this one's place. What is left out is taken away, except what the client was never
    /// told, and except whether the person is active: nobody comes back because somebody forgot to say that they left.
    pub fn replaced(&self, body: Value, veil: Veil<'_>) -> Result<Resource> {
        let named = |holder: Option<&Value>, name: &str| {
            holder
                .and_then(Value::as_object)
                .is_some_and(|h| h.keys().any(|key| key.eq_ignore_ascii_case(name)))
        };
        let keeps_active = !named(Some(&body), "active");
        let extension = |id: &str| {
            let extensions = body.as_object().into_iter().flatten();
            extensions.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(id)).map(|(_, value)| value)
        };
        let mut kept = Vec::new();
        for schema in self.kind.extensions {
            for attribute in schema.attributes.iter().filter(|attribute| attribute.is_write_only()) {
                let value = self.extension(schema.id).and_then(|parts| parts.get(attribute.name));
                if let Some(value) = value.filter(|_| !named(extension(schema.id), attribute.name)) {
                    kept.push((schema.id, attribute.name, value.clone()));
                }
            }
        }
        let mut new = Resource::read(self.kind, body)?.veiled(veil)?;
        if let Some(active) = self.active().filter(|_| keeps_active) {
            new.set_active(active);
        }
        for (schema, name, value) in kept {
            let extension = new.attributes.entry(schema).or_insert_with(|| Value::Object(Map::new()));
            extension.as_object_mut().map(|parts| parts.insert(name.to_owned(), value));
        }
        Ok(new)
    }

    /// With what is never told again in another form than it was sent in.
    pub fn veiled(mut self, veil: Veil<'_>) -> Result<Resource> {
        for schema in self.kind.extensions {
            let Some(Value::Object(parts)) = self.attributes.get_mut(schema.id) else { continue };
            for attribute in schema.attributes.iter().filter(|attribute| attribute.is_write_only()) {
                if let Some(value) = parts.get_mut(attribute.name) {
                    *value = veiled(value.take(), veil)?;
                }
            }
        }
        Ok(self)
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

    /// Takes a user's badges out, which are kept elsewhere.
    pub fn take_badges(&mut self) -> Option<Vec<String>> {
        let extension = self.attributes.get_mut(BADGES.id)?.as_object_mut()?;
        let badges = extension.remove("badges");
        if extension.is_empty() {
            self.attributes.remove(BADGES.id);
        }
        let badges = badges?.as_array()?.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        Some(badges)
    }
    pub fn set_badges(&mut self, badges: Vec<String>) {
        let extension = self.attributes.entry(BADGES.id).or_insert_with(|| Value::Object(Map::new()));
        if let Some(parts) = extension.as_object_mut() {
            put(parts, "badges", Some(badges.into()));
        }
        if nothing(extension) {
            self.attributes.remove(BADGES.id);
        }
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
        for schema in self.kind.extensions {
            let Some(Value::Object(parts)) = self.attributes.get_mut(schema.id) else { continue };
            for attribute in schema.attributes.iter().filter(|attribute| attribute.is_write_only()) {
                parts.remove(attribute.name);
            }
            if parts.is_empty() {
                self.attributes.remove(schema.id);
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

pub(crate) fn veiled(value: Value, veil: Veil<'_>) -> Result<Value> {
    match value {
        Value::String(text) => veil(&text).map(Value::String),
        Value::Array(all) => all.into_iter().map(|value| veiled(value, veil)).collect(),
        other => Ok(other),
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
