//! Who asks, what for, and with what: the token before anything else, so that nobody learns from a body without one.

use super::answer::Refused;
use crate::App;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use scim::{Base, Condition, Error, Kind};
use serde_json::Value;
use station::Directory;

/// An identity provider with a token for it.
pub struct Provider(pub Directory);
/// The parameters of the URL.
pub struct Params(Vec<(String, String)>);
/// A JSON body.
pub struct Body(pub Value);
/// The id in the path, which is opaque.
pub struct Id(pub String);
/// `If-Match`.
pub struct IfMatch(pub Option<Condition>);
/// `If-None-Match`.
pub struct IfNoneMatch(pub Option<Condition>);

impl FromRequestParts<App> for Provider {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Provider, Refused> {
        let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = token.ok_or_else(|| Refused::unauthorized(r#"Bearer realm="cubby""#))?;
        let known = app.station.access(token.trim()).await?;
        let access =
            known.ok_or_else(|| Refused::unauthorized(r#"Bearer realm="cubby", error="invalid_token""#))?;
        Ok(Provider(app.station.directory_by(access, base(&parts.headers))?))
    }
}

/// The address that the client reaches the server at: a proxy in front of it says which that is.
fn base(headers: &HeaderMap) -> Base {
    let text = |name: HeaderName| {
        let first = headers.get(name)?.to_str().ok()?.split(',').next()?.trim();
        let plain = first.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
        (plain && !first.is_empty()).then(|| first.to_owned())
    };
    let forwarded = text(HeaderName::from_static("x-forwarded-host"));
    let host = forwarded.or_else(|| text(HOST)).unwrap_or_else(|| "localhost".into());
    let scheme = text(HeaderName::from_static("x-forwarded-proto")).filter(|scheme| scheme == "https");
    Base::new(format!("{}://{host}{}", scheme.as_deref().unwrap_or("http"), scim::PATH))
}

impl Params {
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
    pub fn names(&self, wanted: &str) -> bool {
        self.0.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    }
}

impl FromRequestParts<App> for Params {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Params, Refused> {
        match Query::from_request_parts(parts, app).await {
            Ok(Query(pairs)) => Ok(Params(pairs)),
            Err(_) => Err(Error::new(Kind::InvalidSyntax, "the query can't be read").into()),
        }
    }
}

impl FromRequestParts<App> for Id {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Id, Refused> {
        match Path::from_request_parts(parts, app).await {
            Ok(Path(id)) => Ok(Id(id)),
            Err(_) => Err(Refused::status(StatusCode::NOT_FOUND, "there is no such resource")),
        }
    }
}

fn condition(parts: &Parts, name: HeaderName) -> Option<Condition> {
    // What is no text is no version either, and must not be taken for no condition.
    parts.headers.get(name).map(|value| Condition::parse(value.to_str().unwrap_or_default()))
}

impl FromRequestParts<App> for IfMatch {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<IfMatch, Refused> {
        Ok(IfMatch(condition(parts, IF_MATCH)))
    }
}

impl FromRequestParts<App> for IfNoneMatch {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<IfNoneMatch, Refused> {
        Ok(IfNoneMatch(condition(parts, IF_NONE_MATCH)))
    }
}

impl FromRequest<App> for Body {
    type Rejection = Refused;
    async fn from_request(request: Request, app: &App) -> Result<Body, Refused> {
        let json = says_json(request.headers());
        let bytes =
            Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    Refused::status(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 1 MiB")
                }
                _ => Error::new(Kind::InvalidSyntax, "the body broke off").into(),
            })?;
        if !json {
            let what = "the body must be application/scim+json or application/json";
            return Err(Refused::status(StatusCode::UNSUPPORTED_MEDIA_TYPE, what));
        }
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Body(value)),
            Err(error) => {
                let what = format!("the body is not JSON: line {}, column {}", error.line(), error.column());
                Err(Error::new(Kind::InvalidSyntax, what).into())
            }
        }
    }
}

/// Says it is JSON, or says nothing.
fn says_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_none_or(|value| {
        let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/scim+json") || kind.eq_ignore_ascii_case("application/json")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_where_the_client_reaches_the_server() {
        let of = |pairs: &[(&'static str, &str)]| {
            let headers =
                pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
            base(&headers.collect())
        };
        let local = [("host", "127.0.0.1:8437")];
        assert_eq!(of(&local), Base::new("http://127.0.0.1:8437/scim/v2"));
        let proxied = [
            ("host", "127.0.0.1:8437"),
            ("x-forwarded-host", "cubby.example, x"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(of(&proxied), Base::new("https://cubby.example/scim/v2"));
        let nonsense = [("host", "a/b?c"), ("x-forwarded-proto", "gopher")];
        assert_eq!(of(&nonsense), Base::new("http://localhost/scim/v2"));
    }
}
