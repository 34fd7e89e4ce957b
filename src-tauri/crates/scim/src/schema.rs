//! The schemas as data: what attributes there are, of what type, and who may change them (RFC 7643, 7).
//!
//! The one description of a resource: reading, filters, PATCH, projection and `/Schemas` are all made from it.

mod about;
mod group;
mod user;

pub use about::{RESOURCE_TYPE, SCHEMA, SERVICE_PROVIDER_CONFIG};
pub use group::GROUP;
pub use user::{BADGES, CUBBY, ENTERPRISE, USER};

use serde_json::{Map, Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Boolean,
    Integer,
    DateTime,
    Reference,
    Complex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    ReadWrite,
    ReadOnly,
    Immutable,
    /// Never in an answer.
    WriteOnly,
}

/// One attribute, or one sub-attribute of a complex one.
#[derive(Debug)]
pub struct Attribute {
    pub name: &'static str,
    pub description: &'static str,
    pub kind: Type,
    pub many: bool,
    pub required: bool,
    pub case_exact: bool,
    pub mutability: Mutability,
    /// In every answer, whatever was asked for.
    pub always: bool,
    pub unique: bool,
    /// What the values usually are; others are taken too.
    pub usual: &'static [&'static str],
    pub references: &'static [&'static str],
    pub parts: &'static [Attribute],
}

impl Attribute {
    const fn new(name: &'static str, kind: Type, description: &'static str) -> Attribute {
        Attribute {
            name,
            description,
            kind,
            many: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            always: false,
            unique: false,
            usual: &[],
            references: &[],
            parts: &[],
        }
    }
    const fn text(name: &'static str, description: &'static str) -> Attribute {
        Attribute::new(name, Type::Text, description)
    }
    const fn boolean(name: &'static str, description: &'static str) -> Attribute {
        Attribute::new(name, Type::Boolean, description)
    }
    const fn reference(
        name: &'static str,
        to: &'static [&'static str],
        description: &'static str,
    ) -> Attribute {
        Attribute { references: to, case_exact: true, ..Attribute::new(name, Type::Reference, description) }
    }
    const fn complex(
        name: &'static str,
        description: &'static str,
        parts: &'static [Attribute],
    ) -> Attribute {
        Attribute { parts, ..Attribute::new(name, Type::Complex, description) }
    }
    const fn many(self) -> Attribute {
        Attribute { many: true, ..self }
    }
    const fn required(self) -> Attribute {
        Attribute { required: true, ..self }
    }
    const fn exact(self) -> Attribute {
        Attribute { case_exact: true, ..self }
    }
    const fn read_only(self) -> Attribute {
        Attribute { mutability: Mutability::ReadOnly, ..self }
    }
    const fn immutable(self) -> Attribute {
        Attribute { mutability: Mutability::Immutable, ..self }
    }
    const fn write_only(self) -> Attribute {
        Attribute { mutability: Mutability::WriteOnly, ..self }
    }
    const fn always(self) -> Attribute {
        Attribute { always: true, ..self }
    }
    const fn unique(self) -> Attribute {
        Attribute { unique: true, ..self }
    }
    const fn usually(self, usual: &'static [&'static str]) -> Attribute {
        Attribute { usual, ..self }
    }

    pub fn part(&self, name: &str) -> Option<&'static Attribute> {
        find(self.parts, name)
    }
    pub(crate) fn is_write_only(&self) -> bool {
        self.mutability == Mutability::WriteOnly
    }
    pub fn is_complex(&self) -> bool {
        self.kind == Type::Complex
    }

    fn describe(&self) -> Value {
        let kind = match self.kind {
            Type::Text => "string",
            Type::Boolean => "boolean",
            Type::Integer => "integer",
            Type::DateTime => "dateTime",
            Type::Reference => "reference",
            Type::Complex => "complex",
        };
        let mutability = match self.mutability {
            Mutability::ReadWrite => "readWrite",
            Mutability::ReadOnly => "readOnly",
            Mutability::Immutable => "immutable",
            Mutability::WriteOnly => "writeOnly",
        };
        let mut text = json!({
            "name": self.name,
            "type": kind,
            "multiValued": self.many,
            "description": self.description,
            "required": self.required,
            "mutability": mutability,
            "returned": match self.mutability {
                Mutability::WriteOnly => "never",
                _ if self.always => "always",
                _ => "default",
            },
        });
        if matches!(self.kind, Type::Text | Type::Reference) {
            text["caseExact"] = self.case_exact.into();
            text["uniqueness"] = if self.unique { "server" } else { "none" }.into();
        }
        if !self.usual.is_empty() {
            text["canonicalValues"] = self.usual.into();
        }
        if !self.references.is_empty() {
            text["referenceTypes"] = self.references.into();
        }
        if self.is_complex() {
            text["subAttributes"] = self.parts.iter().map(Attribute::describe).collect();
        }
        text
    }
}

#[derive(Debug)]
pub struct Schema {
    pub id: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub attributes: &'static [Attribute],
}

impl Schema {
    /// As `/Schemas` shows it.
    pub fn describe(&self) -> Map<String, Value> {
        let mut page = Map::new();
        page.insert("schemas".into(), json!([SCHEMA.id]));
        page.insert("id".into(), self.id.into());
        page.insert("name".into(), self.name.into());
        page.insert("description".into(), self.description.into());
        page.insert("attributes".into(), self.attributes.iter().map(Attribute::describe).collect());
        page
    }
}

/// What an endpoint serves.
#[derive(Debug)]
pub struct ResourceType {
    pub name: &'static str,
    pub description: &'static str,
    /// Below the base, without a slash.
    pub endpoint: &'static str,
    pub core: &'static Schema,
    pub extensions: &'static [&'static Schema],
    /// What the RFC knows and is neither kept nor refused.
    pub dropped: &'static [&'static str],
}

impl ResourceType {
    /// An attribute of the core schema or common to all resources.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        find(self.core.attributes, name).or_else(|| find(COMMON, name))
    }
    /// Whether the attribute is neither kept nor refused.
    pub fn drops(&self, name: &str) -> bool {
        self.dropped.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
    pub fn extension(&self, id: &str) -> Option<&'static Schema> {
        self.extensions.iter().copied().find(|schema| schema.id.eq_ignore_ascii_case(id))
    }
}

/// Names of attributes have no case.
pub(crate) fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// What every resource has (RFC 7643, 3.1).
pub static COMMON: &[Attribute] = &[
    Attribute::reference("schemas", &["uri"], "The schemas the resource speaks").many().always().read_only(),
    Attribute::text("id", "Names the resource here").exact().always().read_only().unique(),
    Attribute::text("externalId", "Names the resource at the client").exact(),
    Attribute::complex(
        "meta",
        "About the resource",
        &[
            Attribute::text("resourceType", "Its type").exact().read_only(),
            Attribute::new("created", Type::DateTime, "When it was made").read_only(),
            Attribute::new("lastModified", Type::DateTime, "When it was last changed").read_only(),
            Attribute::reference("location", &["uri"], "Where it is").read_only(),
            Attribute::text("version", "Its entity tag").exact().read_only(),
        ],
    )
    .read_only(),
];

/// An element of a multi-valued attribute that has no parts, as `value` in a filter on it.
pub(crate) static ITSELF: Attribute = Attribute::text("value", "The value itself");
