//! The one error shape of the API: RFC 9457 problem details with a stable `code`.
//!
//! Must never carry what a fault is made of: that goes to the log under an incident's id.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use station::wire::RefusalName;
use station::{Error, InvalidWhy};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem; made from `code`.
    r#type: String,
    title: &'static str,
    status: u16,
    /// What happened this time, in English.
    detail: String,
    /// The kind of problem, for programs: it never changes.
    code: String,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// By this the log tells more about a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<Uuid>,
    #[serde(skip)]
    retry_after: Option<u32>,
    #[serde(skip)]
    authenticate: Option<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// The field as the request names it.
    pub field: String,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    Missing,
    Empty,
    TooLong,
    TooShort,
    Malformed,
    Taken,
    OutOfRange,
}

impl From<InvalidWhy> for Why {
    fn from(why: InvalidWhy) -> Why {
        match why {
            InvalidWhy::Empty => Why::Empty,
            InvalidWhy::TooLong => Why::TooLong,
            InvalidWhy::TooShort => Why::TooShort,
            InvalidWhy::Malformed => Why::Malformed,
            InvalidWhy::Taken => Why::Taken,
            InvalidWhy::OutOfRange => Why::OutOfRange,
        }
    }
}

impl Problem {
    pub fn new(status: StatusCode, code: impl Into<String>, title: &'static str) -> Problem {
        let code = code.into();
        Problem {
            r#type: format!("urn:cubby:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: title.to_owned(),
            code,
            errors: vec![],
            incident: None,
            retry_after: None,
            authenticate: None,
        }
    }

    pub fn detail(self, detail: impl Into<String>) -> Problem {
        Problem { detail: detail.into(), ..self }
    }

    /// A request that is well formed and says something impossible.
    pub fn invalid(field: impl Into<String>, why: Why) -> Problem {
        Problem { errors: vec![FieldError { field: field.into(), why }], ..Problem::unprocessable() }
    }

    pub fn unprocessable() -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request is not valid")
    }

    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "malformed", "The request is not well formed").detail(detail)
    }

    pub fn unauthorized(challenge: &'static str) -> Problem {
        let problem =
            Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A known bearer token is needed");
        Problem { authenticate: Some(challenge), ..problem }
    }

    /// A fault of ours: told to the log, not to the caller.
    pub fn incident(what: &dyn std::fmt::Display) -> Problem {
        let incident = Uuid::new_v4();
        tracing::error!(%incident, %what, "a request failed");
        let problem =
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here");
        Problem { incident: Some(incident), ..problem }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        let detail = error.to_string();
        let problem = match error {
            Error::Invalid { field, why } => Problem::invalid(snake(&field), why.into()),
            Error::NotFound(_) => Problem::new(StatusCode::NOT_FOUND, "notFound", "There is no such thing"),
            Error::Refused(refusal) => match serde_json::to_value(RefusalName::from(refusal)) {
                Ok(serde_json::Value::String(name)) => Problem::new(StatusCode::CONFLICT, name, "Refused"),
                _ => Problem::new(StatusCode::CONFLICT, "refused", "Refused"),
            },
            Error::DeviceOffline { .. } => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "deviceOffline", "A device is not connected")
            }
            Error::OutOfService(_) => {
                tracing::error!(%detail, "out of service");
                let title = "Out of service: nothing can be recorded, so no door is moved";
                return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "outOfService", title);
            }
            Error::NotAllowed => {
                Problem::new(StatusCode::FORBIDDEN, "notAllowed", "The token may not do this")
            }
            Error::CredentialRefused => {
                Problem::new(StatusCode::UNAUTHORIZED, "credentialRefused", "The code or badge is refused")
            }
            Error::Throttled { seconds } => {
                let problem =
                    Problem::new(StatusCode::TOO_MANY_REQUESTS, "throttled", "Too many wrong codes");
                Problem { retry_after: Some(seconds), ..problem }
            }
            Error::KioskBusy => Problem::new(StatusCode::CONFLICT, "kioskBusy", "The kiosk is in use"),
            Error::NotSignedIn => {
                Problem::new(StatusCode::UNAUTHORIZED, "notSignedIn", "Nobody is signed in")
            }
            Error::SignInRefused => {
                Problem::new(StatusCode::UNAUTHORIZED, "signInRefused", "The sign-in is refused")
            }
            Error::Store(_) | Error::Internal(_) => return Problem::incident(&detail),
        };
        problem.detail(detail)
    }
}

/// A field as the API names it: `trackingNumber` is `tracking_number`.
fn snake(field: &str) -> String {
    let mut name = String::with_capacity(field.len() + 4);
    for c in field.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (retry_after, authenticate) = (self.retry_after, self.authenticate);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = authenticate {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
