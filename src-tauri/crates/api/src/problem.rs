//! The one error shape of the API: RFC 9457 problem details with a stable `code`.
//!
//! Must never carry what a fault is made of: that goes to the log under an incident's id.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use station::wire::Refusal;
use station::{Error, InvalidWhy};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a request ends with when it is not done.
pub struct Problem(Box<Answer>);

struct Answer {
    details: Details,
    retry_after: Option<u32>,
    authenticate: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Details {
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
}

#[derive(Serialize, ToSchema)]
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
    Guessable,
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
            InvalidWhy::Guessable => Why::Guessable,
        }
    }
}

impl Why {
    fn words(self) -> &'static str {
        match self {
            Why::Missing => "is missing",
            Why::Empty => "is empty",
            Why::TooLong => "is too long",
            Why::TooShort => "is too short",
            Why::Malformed => "is not well formed",
            Why::Taken => "is taken",
            Why::OutOfRange => "is out of range",
            Why::Guessable => "is easy to guess",
        }
    }
}

impl Problem {
    pub fn new(status: StatusCode, code: impl Into<String>, title: &'static str) -> Problem {
        let code = code.into();
        let details = Details {
            r#type: format!("urn:cubby:problem:{code}"),
            title,
            status: status.as_u16(),
            detail: title.to_owned(),
            code,
            errors: vec![],
            incident: None,
        };
        Problem(Box::new(Answer { details, retry_after: None, authenticate: None }))
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.0.details.detail = detail.into();
        self
    }

    /// A request that is well formed and says something impossible.
    pub fn invalid(field: impl Into<String>, why: Why) -> Problem {
        let field = field.into();
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request is not valid");
        let mut problem = problem.detail(format!("{field} {}", why.words()));
        problem.0.details.errors.push(FieldError { field, why });
        problem
    }

    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "malformed", "The request is not well formed").detail(detail)
    }

    pub fn unauthorized(challenge: &'static str) -> Problem {
        let mut problem =
            Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A known bearer token is needed");
        problem.0.authenticate = Some(challenge);
        problem
    }

    fn throttled(seconds: u32) -> Problem {
        let mut problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "throttled", "Too many wrong codes");
        problem.0.retry_after = Some(seconds);
        problem
    }

    pub fn status(&self) -> u16 {
        self.0.details.status
    }
    pub fn title(&self) -> &'static str {
        self.0.details.title
    }

    /// A fault of ours: told to the log, not to the caller.
    pub fn incident(what: &dyn std::fmt::Display) -> Problem {
        let incident = Uuid::new_v4();
        tracing::error!(%incident, %what, "a request failed");
        let mut problem =
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here");
        problem.0.details.incident = Some(incident);
        problem
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        let detail = error.to_string();
        let problem = match error {
            Error::Invalid { field, why } => return Problem::invalid(snake(&field), why.into()),
            Error::NotFound(_) => Problem::new(StatusCode::NOT_FOUND, "notFound", "There is no such thing"),
            Error::Refused(refusal) => match serde_json::to_value(Refusal::from(refusal)) {
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
            Error::DiskFull => {
                let title = "Out of service: the disk is full";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "outOfService", title)
            }
            Error::DiskLow => {
                let title = "The disk is almost full: nothing is taken in until there is space";
                Problem::new(StatusCode::INSUFFICIENT_STORAGE, "diskLow", title)
            }
            Error::NotAllowed => {
                Problem::new(StatusCode::FORBIDDEN, "notAllowed", "The token may not do this")
            }
            Error::CredentialRefused => {
                Problem::new(StatusCode::UNAUTHORIZED, "credentialRefused", "The code or badge is refused")
            }
            Error::Throttled { seconds } => Problem::throttled(seconds),
            Error::AskedTooOften { seconds } => {
                let title = "New codes were asked for too often";
                let mut problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "askedTooOften", title);
                problem.0.retry_after = Some(seconds);
                problem
            }
            Error::KioskBusy => Problem::new(StatusCode::CONFLICT, "kioskBusy", "The kiosk is in use"),
            Error::NotSignedIn => {
                Problem::new(StatusCode::UNAUTHORIZED, "notSignedIn", "Nobody is signed in")
            }
            // A token signs nobody in: none of these is reached.
            Error::SignInRefused
            | Error::FactorRefused
            | Error::Locked
            | Error::ConfirmFirst
            | Error::NotByProvider(_) => {
                Problem::new(StatusCode::UNAUTHORIZED, "signInRefused", "The sign-in is refused")
            }
            Error::Backup(_) | Error::Store(_) | Error::Internal(_) => return Problem::incident(&detail),
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
        let Answer { details, retry_after, authenticate } = *self.0;
        let status = StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(details)).into_response();
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(problem: Problem) -> (StatusCode, serde_json::Value) {
        let response = problem.into_response();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn a_fault_tells_its_incident_and_nothing_else() {
        for fault in
            [Error::Internal("/var/lib/secret".into()), Error::OutOfService("/var/lib/secret".into())]
        {
            let (status, body) = told(fault.into()).await;
            assert!(status.is_server_error() && !body.to_string().contains("secret"), "{body}");
            assert_eq!(body["incident"].is_string(), status == StatusCode::INTERNAL_SERVER_ERROR);
        }
    }

    #[tokio::test]
    async fn a_refusal_has_the_stations_name_and_a_field_the_clients() {
        let (status, body) = told(Error::Refused(domain::Refusal::TooManyTries).into()).await;
        assert_eq!((status.as_u16(), body["code"].as_str()), (409, Some("tooManyTries")));
        let long = Error::Invalid { field: "trackingNumber".into(), why: InvalidWhy::TooLong };
        let (status, body) = told(long.into()).await;
        assert_eq!((status.as_u16(), body["detail"].as_str()), (422, Some("tracking_number is too long")));
        let (status, body) = told(Error::DeviceOffline { device: "Lobby".into() }.into()).await;
        assert_eq!((status.as_u16(), body["code"].as_str()), (503, Some("deviceOffline")));
    }
}
