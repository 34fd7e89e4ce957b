//! PATCH (RFC 7644, 3.5.2), with what Okta and Entra make of it: operations in any case, objects whose keys are paths,
//! members to remove as a value, a mail address to replace that isn't there yet.

use crate::compare::{Test, resolve};
use crate::patch_value::{Change, many, single};
use crate::resource::veiled;
use crate::schema::{Mutability, Schema};
use crate::{Error, Kind, Path, Resource, Result, Veil};
use serde_json::{Map, Value};
use std::borrow::Cow;

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Operations in one request.
const OPERATIONS_MAX: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Add,
    Replace,
    Remove,
}

/// What to change, in order; all of it or nothing.
#[derive(Debug)]
pub struct Patch(Vec<Operation>);

#[derive(Debug)]
struct Operation {
    act: Act,
    path: Option<Path>,
    value: Value,
}

impl Patch {
    pub fn parse(body: Value) -> Result<Patch> {
        let fault = |what: &str| Error::new(Kind::InvalidSyntax, what);
        let Value::Object(mut body) = body else { return Err(fault("the body is not an object")) };
        let schemas = take(&mut body, "schemas");
        let named = schemas.as_array().into_iter().flatten().filter_map(Value::as_str);
        if !named.into_iter().any(|name| name.eq_ignore_ascii_case(SCHEMA)) {
            return Err(fault("schemas doesn't name the PATCH operation"));
        }
        let Value::Array(sent) = take(&mut body, "Operations") else {
            return Err(fault("Operations is not a list"));
        };
        if sent.is_empty() {
            return Err(fault("Operations is empty"));
        }
        if sent.len() > OPERATIONS_MAX {
            return Err(Error::status(413, "more than 1000 operations"));
        }
        sent.into_iter().map(operation).collect::<Result<_>>().map(Patch)
    }

    /// The resource with everything changed. `id` is its own.
    pub fn apply(self, mut resource: Resource, id: &str, veil: Veil<'_>) -> Result<Resource> {
        for Operation { act, path, value } in self.0 {
            match path {
                Some(path) => at(&mut resource, act, &path, value, veil)?,
                None => object(&mut resource, act, None, value, id, veil)?,
            }
        }
        resource.settle()?;
        Ok(resource)
    }
}

/// Takes a member out; its name has no case.
fn take(object: &mut Map<String, Value>, name: &str) -> Value {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
    key.and_then(|key| object.remove(&key)).unwrap_or_default()
}

fn operation(sent: Value) -> Result<Operation> {
    let fault = |what: &str| Error::new(Kind::InvalidSyntax, what);
    let Value::Object(mut sent) = sent else { return Err(fault("an operation is not an object")) };
    let act = match take(&mut sent, "op").as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("add") => Act::Add,
        Some("replace") => Act::Replace,
        Some("remove") => Act::Remove,
        _ => return Err(fault("op is none of add, replace and remove")),
    };
    let path = match take(&mut sent, "path") {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(Path::parse(&text)?),
        _ => return Err(Error::new(Kind::InvalidPath, "path is no text")),
    };
    if act == Act::Remove && path.is_none() {
        return Err(Error::new(Kind::NoTarget, "remove needs a path"));
    }
    let given = sent.keys().any(|key| key.eq_ignore_ascii_case("value"));
    if act != Act::Remove && !given {
        return Err(Error::new(Kind::InvalidValue, "value is missing"));
    }
    Ok(Operation { act, path, value: take(&mut sent, "value") })
}

/// Changes what the keys of an object name, each a path. What no schema knows and what the client may not set is
/// passed over, as in a whole resource.
fn object(
    resource: &mut Resource,
    act: Act,
    extension: Option<&Schema>,
    value: Value,
    id: &str,
    veil: Veil<'_>,
) -> Result<()> {
    let Value::Object(values) = value else {
        return Err(Error::new(Kind::InvalidValue, "without a path, the value is an object"));
    };
    for (name, value) in values {
        let kind = resource.kind();
        if let Some(extension) = kind.extension(&name) {
            object(resource, act, Some(extension), value, id, veil)?;
            continue;
        }
        let path = match extension {
            None => Path::parse(&name)?,
            Some(schema) => Path::parse(&format!("{}:{name}", schema.id))?,
        };
        let Some(target) = resolve(kind, &path) else { continue };
        if target.attribute.is_some_and(|attribute| attribute.name == "id") && value != id {
            return Err(Error::new(Kind::Mutability, "id can't be changed"));
        }
        let parts = [target.attribute, target.sub];
        if parts.iter().flatten().any(|attribute| attribute.mutability == Mutability::ReadOnly) {
            continue;
        }
        at(resource, act, &path, value, veil)?;
    }
    Ok(())
}

fn at(resource: &mut Resource, act: Act, path: &Path, value: Value, veil: Veil<'_>) -> Result<()> {
    let kind = resource.kind();
    let Some(target) = resolve(kind, path) else {
        if path.schema.is_none() && kind.drops(&path.attribute) {
            return Ok(());
        }
        return Err(Error::new(Kind::InvalidPath, "no such attribute"));
    };
    let Some(attribute) = target.attribute else {
        let Some(extension) = target.extension else { return Ok(()) };
        if act != Act::Remove {
            return object(resource, act, Some(extension), value, "", veil);
        }
        resource.attributes_mut().remove(extension.id);
        return Ok(());
    };
    let read_only =
        [Some(attribute), target.sub].into_iter().flatten().find(|a| a.mutability == Mutability::ReadOnly);
    if let Some(part) = read_only {
        return Err(Error::new(Kind::Mutability, format!("{} is read-only", part.name)));
    }
    let (mut path, mut value) = (Cow::Borrowed(path), value);
    if attribute.is_write_only() {
        value = veiled(value, veil)?;
        if let Some(filter) = &path.filter {
            let filter = Some(Box::new(filter.with_texts(veil)?));
            path = Cow::Owned(Path { filter, ..path.into_owned() });
        }
    }
    let change = Change { act, attribute, sub: target.sub, value };
    let attributes = resource.attributes_mut();
    let Some(extension) = target.extension else { return within(attributes, change, &path) };
    let holder = attributes.entry(extension.id).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(holder) = holder {
        within(holder, change, &path)?;
    }
    if holder.as_object().is_some_and(Map::is_empty) {
        attributes.remove(extension.id);
    }
    Ok(())
}

fn within(holder: &mut Map<String, Value>, change: Change, path: &Path) -> Result<()> {
    match (&path.filter, change.attribute.many) {
        (None, false) => single(holder, change),
        (None, true) => many(holder, change, None),
        (Some(filter), true) => {
            let test = Test::of_elements(filter, change.attribute)?;
            many(holder, change, Some((filter, &test)))
        }
        (Some(_), false) => Err(Error::new(Kind::InvalidPath, "a filter on an attribute with one value")),
    }
}
