//! Reading requests: bodies, path ids and queries, every failure a [`Problem`].
//!
//! Must never echo what was sent: it may be a code or a badge number.

use crate::App;
use crate::problem::{Problem, Why};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

/// A JSON body.
pub struct Body<T>(pub T);
/// A JSON body that may be left out.
pub struct MaybeBody<T>(pub T);
/// The id in the path.
pub struct Id<T>(pub T);
/// The query's parameters.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<Body<T>, Problem> {
        parse(&bytes(request, app).await?).map(Body)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<App> for MaybeBody<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, app: &App) -> Result<MaybeBody<T>, Problem> {
        let bytes = bytes(request, app).await?;
        if bytes.is_empty() { Ok(MaybeBody(T::default())) } else { parse(&bytes).map(MaybeBody) }
    }
}

async fn bytes(request: Request, app: &App) -> Result<Bytes, Problem> {
    let json = says_json(request.headers());
    let bytes = Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "bodyTooLarge", "The body is longer than 64 KiB")
        }
        _ => Problem::malformed("the body broke off"),
    })?;
    if json || bytes.is_empty() {
        return Ok(bytes);
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupportedMediaType",
        "The body must be application/json",
    ))
}

/// Says it is JSON, or says nothing.
fn says_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_none_or(|value| {
        let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match (error.inner().is_data(), missing(&error.inner().to_string())) {
            (false, _) => not_json(error.inner()),
            (true, Some(field)) if path == "." => Problem::invalid(field, Why::Missing),
            (true, Some(field)) => Problem::invalid(format!("{path}.{field}"), Why::Missing),
            (true, None) => Problem::invalid(path, Why::Malformed),
        }
    })?;
    json.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

/// The field that serde misses.
fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::malformed(format!("the body is not JSON: line {}, column {}", error.line(), error.column()))
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Id<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Id<T>, Problem> {
        match Path::<T>::from_request_parts(parts, app).await {
            Ok(Path(id)) => Ok(Id(id)),
            Err(_) => Err(Problem::malformed("the id in the path is not a UUID")),
        }
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Params<T>, Problem> {
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(params)) => Ok(Params(params)),
            Err(_) => Err(Problem::malformed("a query parameter is not of its type")),
        }
    }
}

/// How many rows to answer with, between one and `most`.
pub fn limit(asked: Option<i64>, usual: i64, most: i64) -> Result<i64, Problem> {
    match asked.unwrap_or(usual) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(Problem::invalid("limit", Why::OutOfRange)),
    }
}
