//! A filter with its names resolved by a resource's schemas, to be asked of resources.

use crate::filter::{Filter, Literal, Op, Path};
use crate::schema::{Attribute, ITSELF, ResourceType, Schema, Type};
use crate::{Error, Kind, Resource, Result};
use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value};

/// A filter that fits a type of resource.
#[derive(Debug)]
pub struct Test(Node);

#[derive(Debug)]
enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Present(Place),
    Compare(Place, Op, Wanted),
}

/// Where in a resource, or in an element, the values are.
#[derive(Debug)]
struct Place {
    extension: Option<&'static str>,
    attribute: &'static Attribute,
    within: Option<Box<Node>>,
    sub: Option<&'static Attribute>,
}

#[derive(Debug)]
enum Wanted {
    /// Folded if case doesn't count.
    Text {
        text: String,
        exact: bool,
    },
    Time(i64),
    Boolean(bool),
}

/// What the names of a path stand for.
#[derive(Debug)]
pub(crate) struct Target {
    pub extension: Option<&'static Schema>,
    /// `None`: the whole extension.
    pub attribute: Option<&'static Attribute>,
    pub sub: Option<&'static Attribute>,
}

/// Resolves a path by the schemas of a type; `None` if they know no such attribute.
pub(crate) fn resolve(kind: &'static ResourceType, path: &Path) -> Option<Target> {
    let sub_of = |attribute: &'static Attribute| match &path.sub {
        None => Some(None),
        Some(name) => attribute.part(name).map(Some),
    };
    let Some(schema) = &path.schema else {
        let attribute = kind.attribute(&path.attribute)?;
        return Some(Target { extension: None, attribute: Some(attribute), sub: sub_of(attribute)? });
    };
    // An extension's own name ends in what looks like an attribute.
    if path.filter.is_none()
        && path.sub.is_none()
        && let Some(extension) = kind.extension(&format!("{schema}:{}", path.attribute))
    {
        return Some(Target { extension: Some(extension), attribute: None, sub: None });
    }
    if kind.core.id.eq_ignore_ascii_case(schema) {
        let attribute = kind.attribute(&path.attribute)?;
        return Some(Target { extension: None, attribute: Some(attribute), sub: sub_of(attribute)? });
    }
    let extension = kind.extension(schema)?;
    let attribute = crate::schema::find(extension.attributes, &path.attribute)?;
    Some(Target { extension: Some(extension), attribute: Some(attribute), sub: sub_of(attribute)? })
}

impl Test {
    pub fn new(filter: &Filter, kind: &'static ResourceType) -> Result<Test> {
        node(filter, &|path| {
            // What no answer tells, a filter doesn't tell either.
            let found = resolve(kind, path).filter(|t| t.attribute.is_none_or(|a| !a.is_write_only()))?;
            Some((found.extension.map(|schema| schema.id), found.attribute?, found.sub))
        })
        .map(Test)
    }

    /// A test of the elements of one attribute.
    pub(crate) fn of_elements(filter: &Filter, attribute: &'static Attribute) -> Result<Test> {
        elements(filter, attribute).map(Test)
    }

    pub fn passes(&self, resource: &Resource) -> bool {
        self.0.holds(&Holder::Map(resource.attributes()))
    }

    pub(crate) fn element_passes(&self, element: &Value) -> bool {
        self.0.holds(&Holder::Element(element))
    }
}

fn elements(filter: &Filter, attribute: &'static Attribute) -> Result<Node> {
    node(filter, &|path| {
        let plain = path.schema.is_none() && path.sub.is_none() && path.filter.is_none();
        let simple = !attribute.is_complex() && path.attribute.eq_ignore_ascii_case(ITSELF.name);
        let part = if simple { Some(&ITSELF) } else { attribute.part(&path.attribute) };
        part.filter(|_| plain).map(|part| (None, part, None))
    })
}

type Found = (Option<&'static str>, &'static Attribute, Option<&'static Attribute>);

fn node(filter: &Filter, names: &dyn Fn(&Path) -> Option<Found>) -> Result<Node> {
    let unfit = |what: &str| Error::new(Kind::InvalidFilter, what);
    let place = |path: &Path| {
        let (extension, attribute, sub) = names(path).ok_or_else(|| unfit("no such attribute"))?;
        let within = path.filter.as_deref().map(|filter| elements(filter, attribute).map(Box::new));
        Ok(Place { extension, attribute, within: within.transpose()?, sub })
    };
    let all =
        |filters: &[Filter]| filters.iter().map(|filter| node(filter, names)).collect::<Result<Vec<_>>>();
    Ok(match filter {
        Filter::Or(any) => Node::Or(all(any)?),
        Filter::And(each) => Node::And(all(each)?),
        Filter::Not(inner) => Node::Not(Box::new(node(inner, names)?)),
        Filter::Present(path) | Filter::Matches(path) => Node::Present(place(path)?),
        Filter::Compare(path, op, literal) => {
            let mut place = place(path)?;
            if place.sub.is_none() && place.attribute.is_complex() {
                // `emails co "x"` is about the values.
                place.sub = place.attribute.part("value");
            }
            let attribute = place.sub.unwrap_or(place.attribute);
            if let (Op::Equal | Op::NotEqual, Literal::Null) = (op, literal) {
                let present = Node::Present(place);
                return Ok(if *op == Op::Equal { Node::Not(Box::new(present)) } else { present });
            }
            let wanted = wanted(attribute, *op, literal)
                .ok_or_else(|| unfit("the attribute can't be compared like that"))?;
            Node::Compare(place, *op, wanted)
        }
    })
}

fn wanted(attribute: &Attribute, op: Op, literal: &Literal) -> Option<Wanted> {
    let within_text = matches!(op, Op::Contains | Op::StartsWith | Op::EndsWith);
    match (attribute.kind, literal) {
        (Type::Text | Type::Reference, Literal::Text(text)) => {
            let exact = attribute.case_exact;
            Some(Wanted::Text { text: if exact { text.clone() } else { text.to_lowercase() }, exact })
        }
        (Type::DateTime, Literal::Text(text)) if !within_text => time(text).map(Wanted::Time),
        (Type::Boolean, _) if !matches!(op, Op::Equal | Op::NotEqual) => None,
        (Type::Boolean, Literal::Boolean(yes)) => Some(Wanted::Boolean(*yes)),
        (Type::Boolean, Literal::Text(text)) => crate::resource::boolean(text).map(Wanted::Boolean),
        _ => None,
    }
}

/// Milliseconds; without an offset, in UTC.
fn time(text: &str) -> Option<i64> {
    let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp_millis());
    let without = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f");
    with_offset.or_else(|_| without().map(|time| time.and_utc().timestamp_millis())).ok()
}

enum Holder<'a> {
    Map(&'a Map<String, Value>),
    Element(&'a Value),
}

impl<'a> Holder<'a> {
    fn part(&self, name: &str) -> Option<&'a Value> {
        match self {
            Holder::Map(map) => map.get(name),
            Holder::Element(element) => part(element, name),
        }
    }
}

/// A part of an element; one without parts is its own `value`.
fn part<'a>(element: &'a Value, name: &str) -> Option<&'a Value> {
    match element {
        Value::Object(parts) => parts.get(name),
        simple => (name == ITSELF.name).then_some(simple),
    }
}

fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

impl Place {
    fn values<'a>(&'a self, holder: &Holder<'a>) -> impl Iterator<Item = &'a Value> {
        let found = match self.extension {
            None => holder.part(self.attribute.name),
            Some(schema) => holder.part(schema).and_then(|extension| extension.get(self.attribute.name)),
        };
        let elements = found.map(each).unwrap_or_default().iter();
        elements
            .filter(|element| self.within.as_ref().is_none_or(|test| test.holds(&Holder::Element(element))))
            .filter_map(|element| match self.sub {
                None => Some(element),
                Some(sub) => part(element, sub.name),
            })
    }
}

impl Node {
    fn holds(&self, holder: &Holder<'_>) -> bool {
        match self {
            Node::Or(any) => any.iter().any(|node| node.holds(holder)),
            Node::And(all) => all.iter().all(|node| node.holds(holder)),
            Node::Not(inner) => !inner.holds(holder),
            Node::Present(place) => place.values(holder).any(|value| value != ""),
            // Something that isn't there is not equal to anything.
            Node::Compare(place, Op::NotEqual, wanted) => {
                let mut values = place.values(holder).peekable();
                values.peek().is_none() || values.any(|value| !wanted.meets(Op::Equal, value))
            }
            Node::Compare(place, op, wanted) => place.values(holder).any(|value| wanted.meets(*op, value)),
        }
    }
}

impl Wanted {
    fn meets(&self, op: Op, value: &Value) -> bool {
        match (self, value) {
            (Wanted::Boolean(wanted), Value::Bool(value)) => wanted == value,
            (Wanted::Time(wanted), Value::String(value)) => {
                time(value).is_some_and(|value| ordered(op, &value, wanted))
            }
            (Wanted::Text { text, exact: true }, Value::String(value)) => text_meets(op, value, text),
            (Wanted::Text { text, exact: false }, Value::String(value)) => {
                text_meets(op, &value.to_lowercase(), text)
            }
            _ => false,
        }
    }
}

fn text_meets(op: Op, value: &str, wanted: &str) -> bool {
    match op {
        Op::Contains => value.contains(wanted),
        Op::StartsWith => value.starts_with(wanted),
        Op::EndsWith => value.ends_with(wanted),
        _ => ordered(op, value, wanted),
    }
}

fn ordered<T: Ord + ?Sized>(op: Op, value: &T, wanted: &T) -> bool {
    match op {
        Op::Equal => value == wanted,
        Op::NotEqual => value != wanted,
        Op::Greater => value > wanted,
        Op::GreaterOrEqual => value >= wanted,
        Op::Less => value < wanted,
        Op::LessOrEqual => value <= wanted,
        Op::Contains | Op::StartsWith | Op::EndsWith => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GROUP, USER};
    use serde_json::json;

    fn ada() -> Resource {
        let mut ada = Resource::read(
            &USER,
            json!({
                "userName": "Ada@Example.com", "externalId": "E7", "active": false,
                "name": { "familyName": "Lovelace" },
                "emails": [{ "value": "ada@example.com", "type": "work", "primary": true },
                           { "value": "ada@home.example", "type": "home" }],
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Engines" },
                "urn:ietf:params:scim:schemas:extension:cubby:2.0:User": { "aliases": "Countess, AB12" },
            }),
        )
        .unwrap();
        let meta = json!({ "lastModified": "2026-05-13T04:42:34.000Z" });
        ada.attributes_mut().insert("meta".into(), meta);
        ada
    }

    #[test]
    fn a_filter_tells_who_passes_by_the_schemas_rules_of_case() {
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let table = [
            (r#"userName eq "ada@EXAMPLE.COM""#, true),
            (r#"USERNAME eq "ada@example.com" and externalid eq "E7""#, true),
            (r#"externalId eq "e7""#, false),
            (r#"active eq false"#, true),
            (r#"active eq "False""#, true),
            (r#"active ne true"#, true),
            (r#"emails[type eq "work" and value co "HOME"]"#, false),
            (r#"emails[type eq "home" and value co "HOME"]"#, true),
            (r#"emails[type eq "work"].value eq "ada@example.com""#, true),
            (r#"emails[type eq "fax"].value pr"#, false),
            (r#"emails co "home.""#, true),
            (r#"emails.value sw "ada@h""#, true),
            (r#"emails.primary eq true"#, true),
            (r#"phoneNumbers pr"#, false),
            (r#"phoneNumbers.type ne "work""#, true),
            (r#"name pr and not (name.givenName pr)"#, true),
            (r#"title eq null"#, true),
            (r#"userName ne null"#, true),
            (r#"meta.lastModified ge "2026-05-13T06:42:34+02:00""#, true),
            (r#"meta.lastModified gt "2026-05-13T04:42:34""#, false),
            (r#"userName gt "a" and userName lt "b""#, true),
        ];
        for (text, expected) in table {
            let test = Test::new(&Filter::parse(text).unwrap(), &USER).unwrap();
            assert_eq!(test.passes(&ada()), expected, "{text}");
        }
        for text in [
            format!(r#"{enterprise}:department eq "engines""#),
            r#"urn:ietf:params:scim:schemas:extension:cubby:2.0:User:aliases ew "ab12""#.into(),
            r#"urn:ietf:params:scim:schemas:extension:cubby:2.0:User:aliases pr"#.into(),
            r#"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName ew "lace""#.into(),
        ] {
            let test = Test::new(&Filter::parse(&text).unwrap(), &USER).unwrap();
            assert!(test.passes(&ada()), "{text}");
        }
    }

    #[test]
    fn a_filter_that_does_not_fit_the_type_is_refused() {
        for text in [
            "colour pr",
            "name.colour pr",
            r#"emails[colour pr]"#,
            r#"active gt true"#,
            r#"active eq "perhaps""#,
            r#"userName eq 7"#,
            r#"userName gt null"#,
            r#"name eq "Ada""#,
            r#"meta.created co "2026""#,
            r#"meta.created gt "yesterday""#,
            r#"urn:x:y:userName pr"#,
            r#"members pr"#,
            r#"urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User:badges pr"#,
        ] {
            let refused = Test::new(&Filter::parse(text).unwrap(), &USER).unwrap_err();
            assert_eq!(refused.kind, Some(Kind::InvalidFilter), "{text}");
        }
        assert!(Test::new(&Filter::parse(r#"members[value eq "1"]"#).unwrap(), &GROUP).is_ok());
    }
}
