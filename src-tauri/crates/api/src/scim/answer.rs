//! Answers, done or refused, as `application/scim+json`.

use crate::problem::Problem;
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use scim::{Error, Etag, Kind, Projection, Resource};
use serde_json::Value;
use station::{InvalidWhy, Unprovisioned};

const TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// What a request ends with when it is not done.
pub struct Refused {
    error: Error,
    challenge: Option<&'static str>,
}

impl Refused {
    pub fn status(status: StatusCode, what: &str) -> Refused {
        Error::status(status.as_u16(), what).into()
    }
    pub fn unauthorized(challenge: &'static str) -> Refused {
        let error = Error::status(401, "a bearer token of the scope directory is needed");
        Refused { error, challenge: Some(challenge) }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused { error, challenge: None }
    }
}

impl From<station::Error> for Refused {
    fn from(error: station::Error) -> Refused {
        use station::Error as E;
        match error {
            E::Invalid { why: InvalidWhy::Taken, field } => {
                Error::new(Kind::Uniqueness, format!("{field} is another user's")).into()
            }
            E::Invalid { field, why } => Error::new(Kind::InvalidValue, format!("{field} {why}")).into(),
            E::NotFound(_) => Refused::status(StatusCode::NOT_FOUND, "there is no such resource"),
            E::NotAllowed => Refused::status(StatusCode::FORBIDDEN, "the token may not do this"),
            // The rest is not the client's doing: what it is told, and what the log is, are those of the API.
            other => {
                let problem = Problem::from(other);
                Error::status(problem.status(), problem.title()).into()
            }
        }
    }
}

impl From<Unprovisioned> for Refused {
    fn from(error: Unprovisioned) -> Refused {
        match error {
            Unprovisioned::Protocol(error) => error.into(),
            Unprovisioned::Room(error) => error.into(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json(status, &self.error.body());
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

pub fn json(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, TYPE)], body.to_string()).into_response()
}

/// A resource, with where it is and which version it has.
pub fn resource(status: StatusCode, found: Resource, etag: &Etag, projection: &Projection) -> Response {
    let headers = headers(&found, etag);
    let body = Value::Object(projection.apply(found));
    (headers, json(status, &body)).into_response()
}

/// Where the resource is and which version it has, without the resource.
pub fn headers(found: &Resource, etag: &Etag) -> HeaderMap {
    let place = found.attributes().get("meta").and_then(|meta| meta["location"].as_str());
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, value: &str| {
        // Both are of our making, from ids and numbers.
        headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
    };
    put(ETAG, &etag.to_string());
    put(LOCATION, place.unwrap_or_default());
    headers
}
