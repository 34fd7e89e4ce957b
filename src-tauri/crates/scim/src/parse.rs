//! Reads filters and paths.
//!
//! Bounded in length, depth and number of terms, so that no filter costs more to read or to evaluate than it should.

use crate::filter::{Filter, Literal, Op, Path};
use crate::{Error, Kind, Result};
use serde_json::Number;

/// Bytes of a filter or a path.
const LENGTH_MAX: usize = 8 * 1024;
/// Parentheses and brackets within each other.
const DEPTH_MAX: usize = 16;
/// Comparisons in one filter.
const TERMS_MAX: usize = 100;

impl Filter {
    pub fn parse(text: &str) -> Result<Filter> {
        whole(text, |parser| parser.any(0)).map_err(|fault| Error::new(Kind::InvalidFilter, fault.0))
    }
}

impl Path {
    pub fn parse(text: &str) -> Result<Path> {
        whole(text, |parser| parser.path(0)).map_err(|fault| Error::new(Kind::InvalidPath, fault.0))
    }
}

struct Fault(&'static str);

type Parsed<T> = std::result::Result<T, Fault>;

struct Parser<'a> {
    rest: &'a str,
    terms: usize,
    /// Within brackets, where no other brackets are.
    within: bool,
}

fn whole<T>(text: &str, read: impl FnOnce(&mut Parser) -> Parsed<T>) -> Parsed<T> {
    if text.len() > LENGTH_MAX {
        return Err(Fault("too long"));
    }
    let mut parser = Parser { rest: text, terms: 0, within: false };
    let read = read(&mut parser)?;
    parser.blanks();
    if parser.rest.is_empty() { Ok(read) } else { Err(Fault("something follows that doesn't belong there")) }
}

impl<'a> Parser<'a> {
    fn any(&mut self, depth: usize) -> Parsed<Filter> {
        self.chain("or", Filter::Or, |parser| parser.chain("and", Filter::And, |parser| parser.term(depth)))
    }

    fn chain(
        &mut self,
        word: &str,
        join: fn(Vec<Filter>) -> Filter,
        mut item: impl FnMut(&mut Self) -> Parsed<Filter>,
    ) -> Parsed<Filter> {
        let first = item(self)?;
        let mut items = vec![first];
        while self.word(word) {
            items.push(item(self)?);
        }
        match items.pop() {
            Some(only) if items.is_empty() => Ok(only),
            last => {
                items.extend(last);
                Ok(join(items))
            }
        }
    }

    fn term(&mut self, depth: usize) -> Parsed<Filter> {
        self.terms += 1;
        if depth > DEPTH_MAX || self.terms > TERMS_MAX {
            return Err(Fault("too many terms, or too deep"));
        }
        let before = self.rest;
        if self.word("not") {
            self.blanks();
            if self.rest.starts_with('(') {
                return self.group(depth).map(|inner| Filter::Not(Box::new(inner)));
            }
            self.rest = before;
        }
        self.blanks();
        if self.rest.starts_with('(') {
            return self.group(depth);
        }
        let path = self.path(depth)?;
        if path.filter.is_some() && path.sub.is_none() {
            return Ok(Filter::Matches(path));
        }
        if self.word("pr") {
            return Ok(Filter::Present(path));
        }
        let op = Op::ALL.into_iter().find(|op| self.word(op.as_str())).ok_or(Fault("no such operator"))?;
        Ok(Filter::Compare(path, op, self.literal()?))
    }

    fn group(&mut self, depth: usize) -> Parsed<Filter> {
        self.expect("(")?;
        let inner = self.any(depth + 1)?;
        self.blanks();
        self.expect(")")?;
        Ok(inner)
    }

    fn path(&mut self, depth: usize) -> Parsed<Path> {
        self.blanks();
        let token = self.take(|c| c.is_ascii_alphanumeric() || "$-_.:".contains(c));
        let (schema, name) = match token.rsplit_once(':') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, token),
        };
        let schema = match schema {
            None => None,
            Some(urn) if urn.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) => {
                Some(urn.to_owned())
            }
            Some(_) => return Err(Fault("not the name of a schema")),
        };
        let (attribute, sub) = match name.split_once('.') {
            Some((attribute, sub)) => (attribute, Some(sub)),
            None => (name, None),
        };
        let mut path = Path {
            schema,
            attribute: named(attribute)?.to_owned(),
            filter: None,
            sub: sub.map(named).transpose()?.map(ToOwned::to_owned),
        };
        if !self.rest.starts_with('[') {
            return Ok(path);
        }
        if self.within || path.sub.is_some() {
            return Err(Fault("a filter in brackets is not expected there"));
        }
        self.expect("[")?;
        self.within = true;
        path.filter = Some(Box::new(self.any(depth + 1)?));
        self.within = false;
        self.blanks();
        self.expect("]")?;
        if self.rest.starts_with('.') {
            self.expect(".")?;
            path.sub = Some(named(self.take(|c| c.is_ascii_alphanumeric() || "$-_".contains(c)))?.to_owned());
        }
        Ok(path)
    }

    fn literal(&mut self) -> Parsed<Literal> {
        const FAULT: Fault = Fault("the value is not JSON");
        self.blanks();
        if self.rest.starts_with('"') {
            let end = closing(self.rest).ok_or(FAULT)?;
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            return serde_json::from_str(text).map(Literal::Text).map_err(|_| FAULT);
        }
        let word = self.take(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        match word {
            w if w.eq_ignore_ascii_case("true") => Ok(Literal::Boolean(true)),
            w if w.eq_ignore_ascii_case("false") => Ok(Literal::Boolean(false)),
            w if w.eq_ignore_ascii_case("null") => Ok(Literal::Null),
            w => number(w).map(Literal::Number).ok_or(FAULT),
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Goes past a word, in any case, if it is the next.
    fn word(&mut self, word: &str) -> bool {
        let text = self.rest.trim_start_matches(' ');
        let Some((start, rest)) = text.split_at_checked(word.len()) else { return false };
        let ends = rest.chars().next().is_none_or(|c| " ()[]\"".contains(c));
        if !ends || !start.eq_ignore_ascii_case(word) {
            return false;
        }
        self.rest = rest;
        true
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        self.rest = self.rest.strip_prefix(sign).ok_or(Fault("brackets or parentheses don't match"))?;
        Ok(())
    }
}

/// Where a JSON text that begins here ends.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// As JSON writes it. A fraction is read to the nearest there is, which serde_json's own reading now and then is not:
/// what a filter is written as would mean another number.
fn number(text: &str) -> Option<Number> {
    let read: Number = serde_json::from_str(text).ok()?;
    if read.is_f64() { Number::from_f64(text.parse().ok()?) } else { Some(read) }
}

fn named(text: &str) -> Parsed<&str> {
    let (first, rest) = text.split_at_checked(1).unwrap_or_default();
    let starts = first.bytes().all(|b| b.is_ascii_alphabetic() || b == b'$') && !first.is_empty();
    let goes_on = rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"$-_".contains(&b));
    if starts && goes_on { Ok(text) } else { Err(Fault("not the name of an attribute")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        Filter::parse(text).unwrap().to_string()
    }

    #[test]
    fn and_binds_closer_than_or_and_parentheses_closest() {
        assert_eq!(printed("a pr or b pr and c pr"), "a pr or (b pr and c pr)");
        assert_eq!(printed("(a pr or b pr) and c pr"), "(a pr or b pr) and c pr");
        assert_eq!(printed("NOT(a pr)AND((b EQ True))"), "not (a pr) and b eq true");
        assert_eq!(printed("not pr and not eq 1"), "not pr and not eq 1");
    }

    #[test]
    fn what_is_printed_says_the_same() {
        for text in ["meta eq -90.5462523642784192", "a lt 1e300", "a gt -0", "a eq 18446744073709551615"] {
            let filter = Filter::parse(text).unwrap();
            assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        for text in [
            r#"userName eq "bjensen""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
            "title pr",
            r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            r#"emails[type eq "work" and value co "@example.com"]"#,
            r#"emails[type eq "work"].value eq "a \"b\" \\ \u00e9""#,
        ] {
            let filter = Filter::parse(text).unwrap();
            assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
        let path = Path::parse(r#"addresses[type eq "work"].streetAddress"#).unwrap();
        assert_eq!((path.attribute.as_str(), path.sub.as_deref()), ("addresses", Some("streetAddress")));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in [
            "",
            " ",
            "userName",
            "userName eq",
            "userName is 1",
            "userName eq 'x'",
            "userName eq \"x",
            "eq",
            "(userName pr",
            "userName pr)",
            "userName pr and",
            "and userName pr",
            "userName eq \"x\" \"y\"",
            "emails[type eq \"work\"",
            "emails[]",
            "emails[a[b pr]]",
            "emails.value[a pr]",
            "a.b.c pr",
            "1 pr",
            "http://x:y pr",
            "userName eq 1e999",
            "userName eq \"\\q\"",
            "not userName pr",
            "a pr or or b pr",
            "a\tpr",
            "ä pr",
        ] {
            assert_eq!(Filter::parse(text).unwrap_err().kind, Some(Kind::InvalidFilter), "{text}");
        }
        for text in ["", "emails[", "emails[type eq \"work\"].", "emails pr", "a.b.c", "emails[type eq 1]x"] {
            assert_eq!(Path::parse(text).unwrap_err().kind, Some(Kind::InvalidPath), "{text}");
        }
    }

    #[test]
    fn a_filter_that_explodes_is_refused() {
        let deep = |n: usize| format!("{}a pr{}", "(".repeat(n), ")".repeat(n));
        assert!(Filter::parse(&deep(DEPTH_MAX)).is_ok());
        assert!(Filter::parse(&deep(DEPTH_MAX + 1)).is_err());
        assert!(Filter::parse(&deep(4_000)).is_err());
        assert!(Filter::parse(&"not (".repeat(1_600)).is_err());
        let wide = |n: usize| vec!["a pr"; n].join(" or ");
        assert!(Filter::parse(&wide(TERMS_MAX)).is_ok());
        assert!(Filter::parse(&wide(TERMS_MAX + 1)).is_err());
        assert!(Filter::parse(&format!("a eq \"{}\"", "x".repeat(LENGTH_MAX))).is_err());
    }
}
