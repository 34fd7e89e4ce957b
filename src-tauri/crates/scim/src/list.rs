//! What a list is asked for, and its answer (RFC 7644, 3.4.2).

use crate::projection::names as parse_names;
use crate::{Error, FOUND_MAX, Filter, Kind, Projection, Result};
use serde_json::{Map, Value, json};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// Resources in one answer, if the client doesn't say.
const USUAL: usize = 100;

/// Which resources are wanted, and how much of them.
#[derive(Debug)]
pub struct Query {
    pub filter: Option<Filter>,
    pub projection: Projection,
    /// Resources that come before the first wanted one.
    pub skip: usize,
    /// At most [`FOUND_MAX`]; zero asks for the total only.
    pub count: usize,
}

impl Query {
    /// Reads the parameters of a URL. What sorting asks for is not offered and, as the RFC allows, ignored.
    pub fn of_url<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Query> {
        let (mut filter, mut start, mut count) = (None, None, None);
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for (name, value) in parameters {
            match name {
                _ if name.eq_ignore_ascii_case("filter") => filter = Some(value),
                _ if name.eq_ignore_ascii_case("startIndex") => start = Some(number(value)?),
                _ if name.eq_ignore_ascii_case("count") => count = Some(number(value)?),
                _ if name.eq_ignore_ascii_case("attributes") => wanted.extend(parse_names(value)?),
                _ if name.eq_ignore_ascii_case("excludedAttributes") => unwanted.extend(parse_names(value)?),
                _ => {}
            }
        }
        Query::new(filter, Projection::new(wanted, unwanted)?, start, count)
    }

    /// Reads the body of a POST to `.search`.
    pub fn of_body(body: &Value) -> Result<Query> {
        let fault = |what: &str| Error::new(Kind::InvalidSyntax, what);
        let sent = body.as_object().ok_or_else(|| fault("the body is not an object"))?;
        let find = |name: &str| {
            sent.iter()
                .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
                .map(|(_, v)| v)
        };
        let schemas = find("schemas").and_then(Value::as_array).into_iter().flatten();
        if !schemas.into_iter().any(|schema| schema == REQUEST) {
            return Err(fault("schemas doesn't name the search request"));
        }
        let text = |name: &str| match find(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| Error::value(name, "is no text")),
        };
        let integer = |name: &str| match find(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| Error::value(name, "is no integer")),
        };
        let names = |name: &str| -> Result<Vec<_>> {
            let Some(list) = find(name) else { return Ok(Vec::new()) };
            let fault = || Error::value(name, "is no list of texts");
            let mut paths = Vec::new();
            for name in list.as_array().ok_or_else(fault)? {
                paths.extend(parse_names(name.as_str().ok_or_else(fault)?)?);
            }
            Ok(paths)
        };
        let projection = Projection::new(names("attributes")?, names("excludedAttributes")?)?;
        Query::new(text("filter")?, projection, integer("startIndex")?, integer("count")?)
    }

    fn new(
        filter: Option<&str>,
        projection: Projection,
        start: Option<i64>,
        count: Option<i64>,
    ) -> Result<Query> {
        let size = |n: i64| usize::try_from(n).unwrap_or_default();
        Ok(Query {
            filter: filter.map(Filter::parse).transpose()?,
            projection,
            skip: start.map(size).unwrap_or_default().saturating_sub(1),
            count: count.map_or(USUAL, size).min(FOUND_MAX),
        })
    }
}

fn number(text: &str) -> Result<i64> {
    text.trim().parse().map_err(|_| Error::new(Kind::InvalidValue, "startIndex and count are integers"))
}

/// The answer to a query: `total` are all that there are, `found` those of this page.
pub fn list(total: usize, skip: usize, found: Vec<Map<String, Value>>) -> Value {
    let mut page = json!({
        "schemas": [RESPONSE],
        "totalResults": total,
        "startIndex": skip + 1,
        "itemsPerPage": found.len(),
    });
    page["Resources"] = found.into_iter().map(Value::Object).collect();
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_asked_for_as_the_rfc_has_it() {
        let asked = |start, count| {
            let query =
                Query::of_url([("startIndex", start), ("count", count), ("sortBy", "userName")]).unwrap();
            (query.skip, query.count)
        };
        assert_eq!(asked("1", "10"), (0, 10));
        assert_eq!(asked("11", "10"), (10, 10));
        assert_eq!(asked("0", "-3"), (0, 0));
        assert_eq!(asked("-7", "100000"), (0, FOUND_MAX));
        assert_eq!(Query::of_url([]).unwrap().count, USUAL);
        for value in ["", "ten", "1.5", "99999999999999999999"] {
            assert_eq!(Query::of_url([("count", value)]).unwrap_err().kind, Some(Kind::InvalidValue));
        }
    }

    #[test]
    fn a_search_is_asked_by_a_body_as_by_a_url() {
        let body = json!({ "schemas": [REQUEST], "filter": "a pr", "startIndex": 3, "count": 2, "attributes": ["a"] });
        let query = Query::of_body(&body).unwrap();
        assert_eq!((query.skip, query.count, query.filter), (2, 2, Filter::parse("a pr").ok()));
        for (body, kind) in [
            (json!([]), Kind::InvalidSyntax),
            (json!({ "filter": "a pr" }), Kind::InvalidSyntax),
            (json!({ "schemas": [REQUEST], "filter": "a" }), Kind::InvalidFilter),
            (json!({ "schemas": [REQUEST], "filter": 1 }), Kind::InvalidValue),
            (json!({ "schemas": [REQUEST], "count": "1" }), Kind::InvalidValue),
            (json!({ "schemas": [REQUEST], "attributes": "a" }), Kind::InvalidValue),
        ] {
            assert_eq!(Query::of_body(&body).unwrap_err().kind, Some(kind), "{body}");
        }
    }
}
