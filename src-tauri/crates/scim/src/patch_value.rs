//! One change of a PATCH to one attribute.

use crate::compare::Test;
use crate::filter::{Filter, Literal, Op};
use crate::patch::Act;
use crate::resource::{element, nothing, put, read};
use crate::schema::{Attribute, Mutability};
use crate::{Error, Kind, Result};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

pub(crate) struct Change {
    pub act: Act,
    pub attribute: &'static Attribute,
    pub sub: Option<&'static Attribute>,
    pub value: Value,
}

fn no_target(attribute: &Attribute) -> Error {
    Error::new(Kind::NoTarget, format!("no value of {} is meant", attribute.name))
}

/// Sets or takes away an attribute's value, if it may be.
fn set(holder: &mut Map<String, Value>, attribute: &Attribute, value: Option<Value>) -> Result<()> {
    let value = value.filter(|value| !nothing(value));
    if attribute.required && value.is_none() {
        return Err(Error::new(Kind::Mutability, format!("{} is required", attribute.name)));
    }
    let old = holder.get(attribute.name);
    if attribute.mutability == Mutability::Immutable && old.is_some() && old != value.as_ref() {
        return Err(Error::new(Kind::Mutability, format!("{} can't be changed", attribute.name)));
    }
    put(holder, attribute.name, value);
    Ok(())
}

/// Sets the parts that an object names, and leaves the others.
fn merge(parts: &mut Map<String, Value>, attribute: &'static Attribute, value: Value) -> Result<()> {
    match value {
        Value::Object(sent) => {
            for (name, value) in sent {
                let Some(part) = attribute.part(&name) else { continue };
                if part.mutability != Mutability::ReadOnly {
                    set(parts, part, read(part, value)?)?;
                }
            }
            Ok(())
        }
        other => match element(attribute, other)? {
            Some(Value::Object(read)) => merge(parts, attribute, Value::Object(read)),
            _ => Ok(()),
        },
    }
}

/// Changes an attribute that has one value.
pub(crate) fn single(holder: &mut Map<String, Value>, change: Change) -> Result<()> {
    let Change { act, attribute, sub, value } = change;
    if act == Act::Remove && sub.is_none() {
        return set(holder, attribute, None);
    }
    if !attribute.is_complex() || (sub.is_none() && nothing(&value)) {
        return set(holder, attribute, read(attribute, value)?);
    }
    let mut parts = match holder.get(attribute.name) {
        Some(Value::Object(parts)) => parts.clone(),
        _ => Map::new(),
    };
    match sub {
        Some(sub) if act == Act::Remove => set(&mut parts, sub, None)?,
        Some(sub) => set(&mut parts, sub, read(sub, value)?)?,
        None => merge(&mut parts, attribute, value)?,
    }
    set(holder, attribute, Some(Value::Object(parts)))
}

/// Changes an attribute that has many values: all of them, or those that pass.
pub(crate) fn many(
    holder: &mut Map<String, Value>,
    change: Change,
    filter: Option<(&Filter, &Test)>,
) -> Result<()> {
    let attribute = change.attribute;
    let mut elements = match holder.get_mut(attribute.name) {
        Some(Value::Array(elements)) => std::mem::take(elements),
        _ => Vec::new(),
    };
    let primary: Vec<Value> = elements.iter().filter(|e| e["primary"] == true).cloned().collect();
    match (filter, change.sub) {
        (None, None) => whole(&mut elements, change)?,
        (Some((_, test)), None) => chosen(&mut elements, change, test)?,
        (filter, Some(sub)) => part(&mut elements, change, sub, filter)?,
    }
    // The new primary value takes the place of the old one.
    if elements.iter().filter(|element| element["primary"] == true).count() > 1 {
        for element in elements.iter_mut().filter(|element| primary.contains(element)) {
            element["primary"] = false.into();
        }
    }
    set(holder, attribute, Some(Value::Array(elements)))
}

fn whole(elements: &mut Vec<Value>, change: Change) -> Result<()> {
    let Change { act, attribute, value, .. } = change;
    let unconditional = act == Act::Remove && nothing(&value);
    let sent = match read(attribute, value)? {
        Some(Value::Array(sent)) => sent,
        _ => Vec::new(),
    };
    match act {
        Act::Replace => *elements = sent,
        // Of members, which may be many, the resource drops those that are there twice.
        Act::Add if attribute.parts.iter().any(|part| part.mutability == Mutability::Immutable) => {
            elements.extend(sent);
        }
        Act::Add => {
            for value in sent {
                if !elements.contains(&value) {
                    elements.push(value);
                }
            }
        }
        Act::Remove if unconditional => elements.clear(),
        Act::Remove => {
            let named: HashSet<&str> = sent.iter().filter_map(|element| element["value"].as_str()).collect();
            elements.retain(|element| match element["value"].as_str() {
                Some(value) => !named.contains(value),
                None => !sent.contains(element),
            });
        }
    }
    Ok(())
}

fn chosen(elements: &mut Vec<Value>, change: Change, test: &Test) -> Result<()> {
    let Change { act, attribute, value, .. } = change;
    if act == Act::Remove {
        // What is not there is as removed as it can be.
        elements.retain(|element| !test.element_passes(element));
        return Ok(());
    }
    let mut met = false;
    for old in elements.iter_mut().filter(|element| test.element_passes(element)) {
        met = true;
        match old {
            Value::Object(parts) if act == Act::Add => merge(parts, attribute, value.clone())?,
            Value::Object(parts) => {
                let new = match element(attribute, value.clone())? {
                    Some(Value::Object(new)) => new,
                    _ => Map::new(),
                };
                for part in attribute.parts {
                    set(parts, part, new.get(part.name).cloned())?;
                }
            }
            simple => *simple = element(attribute, value.clone())?.unwrap_or_default(),
        }
    }
    elements.retain(|element| !nothing(element));
    if met { Ok(()) } else { Err(no_target(attribute)) }
}

fn part(
    elements: &mut Vec<Value>,
    change: Change,
    sub: &'static Attribute,
    filter: Option<(&Filter, &Test)>,
) -> Result<()> {
    let Change { act, attribute, value, .. } = change;
    let value = if act == Act::Remove { None } else { read(sub, value)? };
    let passes = |element: &Value| filter.is_none_or(|(_, test)| test.element_passes(element));
    let mut met = false;
    for old in elements.iter_mut().filter(|element| passes(element)) {
        met = true;
        if let Value::Object(parts) = old {
            set(parts, sub, value.clone())?;
        }
    }
    elements.retain(|element| !nothing(element));
    if met || value.is_none() {
        return Ok(());
    }
    let mut new = Map::new();
    match filter {
        Some((filter, _)) if describes(filter, attribute, act, &mut new) => {}
        None if act == Act::Add => {}
        _ => return Err(no_target(attribute)),
    }
    put(&mut new, sub.name, value);
    elements.push(Value::Object(new));
    Ok(())
}

/// Puts together the element that a filter describes, if one with just these parts passes it. To replace what isn't
/// there is a fault, except of a usual type: so do Entra's first changes to a mail address or a telephone number.
fn describes(
    filter: &Filter,
    attribute: &'static Attribute,
    act: Act,
    element: &mut Map<String, Value>,
) -> bool {
    match filter {
        Filter::And(all) => all.iter().all(|filter| describes(filter, attribute, act, element)),
        Filter::Compare(path, Op::Equal, literal) => {
            let Some(part) = attribute.part(&path.attribute) else { return false };
            let value = match literal {
                Literal::Text(text) => json!(text),
                Literal::Boolean(yes) => json!(yes),
                Literal::Number(_) | Literal::Null => return false,
            };
            let usual =
                value.as_str().is_none_or(|text| part.usual.iter().any(|u| u.eq_ignore_ascii_case(text)));
            let plain = part.mutability == Mutability::ReadWrite && (act == Act::Add || usual);
            match self::read(part, value) {
                Ok(Some(value)) if plain => element.insert(part.name.to_owned(), value).is_none(),
                _ => false,
            }
        }
        _ => false,
    }
}
