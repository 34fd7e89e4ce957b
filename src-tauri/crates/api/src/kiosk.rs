//! The kiosk's side: someone shows a code or a badge, and doors open one after another.
//!
//! Must never log, echo or keep what was shown.

use crate::access::AtKiosk;
use crate::body::Body;
use crate::openings::Opening;
use crate::problem::{Details, Problem, Why};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use station::Station;
use station::wire::FactorName;
use utoipa::ToSchema;

/// Exactly one of the two.
#[derive(Deserialize, ToSchema)]
pub struct Credential {
    #[schema(value_type = Option<String>)]
    code: Option<Value>,
    #[schema(value_type = Option<String>)]
    badge: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct PickupsBegun {
    /// In the order in which the doors open: each waits until the one before was seen shut.
    openings: Vec<Opening>,
    /// `badge` or `code`: what is to be shown, too, before anything more opens. Left out if nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    needs: Option<FactorName>,
}

/// Begins a visit, or goes on with it.
#[utoipa::path(post, path = "/v1/kiosk/pickups", operation_id = "beginPickups", tag = "kiosk", request_body = Credential, security(("token" = ["kiosk", "admin"])),
    responses(
        (status = 202, description = "Recognised; nothing waits when the list is empty", body = PickupsBegun),
        (status = 401, description = "Unknown, spent, expired or malformed: all the same", body = Details, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else is at the kiosk", body = Details, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong codes; badges still work", body = Details, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds"))),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn pick_up(
    AtKiosk(visitor): AtKiosk,
    State(station): State<Station>,
    Body(shown): Body<Credential>,
) -> Result<(StatusCode, Json<PickupsBegun>), Problem> {
    match (shown.code, shown.badge) {
        (Some(Value::String(code)), None) => visitor.enter_code(&code).await?,
        (None, Some(Value::String(badge))) => visitor.badge(&badge).await?,
        (Some(_), Some(_)) => {
            return Err(
                Problem::invalid("badge", Why::Malformed).detail("give either code or badge, not both")
            );
        }
        (None, None) => {
            return Err(Problem::invalid("code", Why::Missing).detail("give either code or badge"));
        }
        (Some(_), None) => {
            return Err(Problem::invalid("code", Why::Malformed).detail("the code must be a string"));
        }
        (None, Some(_)) => {
            return Err(Problem::invalid("badge", Why::Malformed).detail("the badge must be a string"));
        }
    };
    let mut openings = Vec::new();
    for planned in visitor.openings().await {
        openings.push(Opening::of_visit(&station, planned).await?);
    }
    let needs = station.kiosk_needs().await.map(FactorName::from);
    Ok((StatusCode::ACCEPTED, Json(PickupsBegun { openings, needs })))
}
