//! Filters and paths as they are written (RFC 7644, 3.4.2.2 and figure 7), free of what the names mean.

use crate::Result;
use serde_json::Number;
use std::fmt::{self, Display, Formatter, Write};

/// `schema:attribute[filter].sub`, as in a filter or the path of a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub schema: Option<String>,
    pub attribute: String,
    /// Which elements of the attribute are meant.
    pub filter: Option<Box<Filter>>,
    pub sub: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Any of at least two.
    Or(Vec<Filter>),
    /// All of at least two.
    And(Vec<Filter>),
    Not(Box<Filter>),
    Present(Path),
    Compare(Path, Op, Literal),
    /// The path has a filter, and some element passes it.
    Matches(Path),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Text(String),
    Number(Number),
    Boolean(bool),
    Null,
}

impl Op {
    pub const ALL: [Op; 9] = [
        Op::Equal,
        Op::NotEqual,
        Op::Contains,
        Op::StartsWith,
        Op::EndsWith,
        Op::Greater,
        Op::GreaterOrEqual,
        Op::Less,
        Op::LessOrEqual,
    ];
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Equal => "eq",
            Op::NotEqual => "ne",
            Op::Contains => "co",
            Op::StartsWith => "sw",
            Op::EndsWith => "ew",
            Op::Greater => "gt",
            Op::GreaterOrEqual => "ge",
            Op::Less => "lt",
            Op::LessOrEqual => "le",
        }
    }
}

impl Filter {
    /// The text that `attribute` of the core schema must equal for anything to pass, if the filter says so: what an
    /// index can look up instead of reading everything.
    pub fn pinned(&self, attribute: &str) -> Option<&str> {
        match self {
            Filter::Compare(path, Op::Equal, Literal::Text(text)) => path.is_plain(attribute).then_some(text),
            Filter::And(all) => all.iter().find_map(|filter| filter.pinned(attribute)),
            _ => None,
        }
    }
}

impl Filter {
    /// Whether anything in it is about this attribute of the core schema.
    pub fn mentions(&self, attribute: &str) -> bool {
        match self {
            Filter::Or(filters) | Filter::And(filters) => filters.iter().any(|f| f.mentions(attribute)),
            Filter::Not(inner) => inner.mentions(attribute),
            Filter::Present(path) | Filter::Compare(path, ..) | Filter::Matches(path) => {
                path.attribute.eq_ignore_ascii_case(attribute)
            }
        }
    }

    /// The same with other texts to compare with.
    pub(crate) fn with_texts(&self, other: &dyn Fn(&str) -> Result<String>) -> Result<Filter> {
        let each = |filters: &[Filter]| filters.iter().map(|f| f.with_texts(other)).collect::<Result<_>>();
        Ok(match self {
            Filter::Or(any) => Filter::Or(each(any)?),
            Filter::And(all) => Filter::And(each(all)?),
            Filter::Not(inner) => Filter::Not(Box::new(inner.with_texts(other)?)),
            Filter::Compare(path, op, Literal::Text(text)) => {
                Filter::Compare(path.clone(), *op, Literal::Text(other(text)?))
            }
            same => same.clone(),
        })
    }
}

impl Path {
    fn is_plain(&self, attribute: &str) -> bool {
        self.schema.is_none()
            && self.filter.is_none()
            && self.sub.is_none()
            && self.attribute.eq_ignore_ascii_case(attribute)
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(&self.attribute)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Text(text) => Display::fmt(&serde_json::Value::from(text.as_str()), f),
            Literal::Number(number) => Display::fmt(number, f),
            Literal::Boolean(yes) => Display::fmt(yes, f),
            Literal::Null => f.write_str("null"),
        }
    }
}

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Filter::Or(any) => joined(f, any, " or "),
            Filter::And(all) => joined(f, all, " and "),
            Filter::Not(inner) => write!(f, "not ({inner})"),
            Filter::Present(path) => write!(f, "{path} pr"),
            Filter::Compare(path, op, literal) => write!(f, "{path} {} {literal}", op.as_str()),
            Filter::Matches(path) => Display::fmt(path, f),
        }
    }
}

fn joined(f: &mut Formatter<'_>, filters: &[Filter], word: &str) -> fmt::Result {
    for (n, filter) in filters.iter().enumerate() {
        if n > 0 {
            f.write_str(word)?;
        }
        match filter {
            Filter::Or(_) | Filter::And(_) => {
                f.write_char('(')?;
                Display::fmt(filter, f)?;
                f.write_char(')')?;
            }
            other => Display::fmt(other, f)?,
        }
    }
    Ok(())
}
