//! Versions of a resource, as weak entity tags, and what a request asks of them (RFC 7644, 3.14).

use domain::time::Wall;

/// A weak entity tag made from a resource's version. Two are the same when their opaque parts are (RFC 9110, 8.8.3.2,
/// weak comparison): SCIM uses weak tags in `If-Match` too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etag(String);

impl Etag {
    /// With its time, a version of what was deleted and made again is another one.
    pub fn of(version: i64, changed: Wall) -> Etag {
        Etag(format!("{version}-{:x}", changed.0))
    }
}

impl std::fmt::Display for Etag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "W/\"{}\"", self.0)
    }
}

/// The value of `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    Any,
    OneOf(Vec<Etag>),
}

impl Condition {
    /// Reads a header. What is no entity tag matches nothing, so that a condition is never lost.
    pub fn parse(header: &str) -> Condition {
        if header.trim() == "*" {
            return Condition::Any;
        }
        let tags = header.split(',').filter_map(|tag| {
            let tag = tag.trim();
            let opaque = tag.strip_prefix("W/").unwrap_or(tag);
            opaque.strip_prefix('"')?.strip_suffix('"').map(|text| Etag(text.to_owned()))
        });
        Condition::OneOf(tags.collect())
    }

    pub fn matches(&self, current: &Etag) -> bool {
        match self {
            Condition::Any => true,
            Condition::OneOf(tags) => tags.contains(current),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_holds_for_the_version_it_names_and_no_other() {
        let tag = Etag::of(7, Wall(10));
        assert_eq!(tag.to_string(), "W/\"7-a\"");
        for header in ["W/\"7-a\"", "\"7-a\"", "\"3\", W/\"7-a\"", " * "] {
            assert!(Condition::parse(header).matches(&tag), "{header}");
        }
        for header in ["", "7-a", "W/\"8-a\"", "\"7-ab\"", "\"", "W/\"7-a"] {
            assert!(!Condition::parse(header).matches(&tag), "{header}");
        }
    }
}
