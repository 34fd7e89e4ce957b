//! People, as an integrator adds them: recipients only.
//!
//! Must never make staff: that is an admin's work in the window or the site file.

use crate::access::Clerk;
use crate::body::Body;
use crate::problem::{Details, Problem};
use axum::Json;
use axum::http::StatusCode;
use domain::PersonId;
use serde::{Deserialize, Serialize};
use station::wire::PersonForm;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
pub struct NewPerson {
    /// At most 500 characters.
    name: String,
    email: String,
    department: Option<String>,
    /// The number of their badge, as a reader gives it. Kept as a keyed hash.
    badge: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct PersonAdded {
    #[schema(value_type = uuid::Uuid)]
    id: PersonId,
}

/// Adds a recipient.
#[utoipa::path(post, path = "/v1/people", operation_id = "addPerson", tag = "people", request_body = NewPerson, security(("token" = ["staff", "admin"])),
    responses(
        (status = 201, description = "Added", body = PersonAdded),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn add(
    Clerk(staff): Clerk,
    Body(person): Body<NewPerson>,
) -> Result<(StatusCode, Json<PersonAdded>), Problem> {
    let form = PersonForm {
        email: Some(person.email),
        department: person.department,
        badge: person.badge,
        ..PersonForm::named(person.name)
    };
    let id = staff.add_person(form).await?;
    Ok((StatusCode::CREATED, Json(PersonAdded { id })))
}
