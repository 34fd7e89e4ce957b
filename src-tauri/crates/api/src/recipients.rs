//! Badges, delegates and holds, as an integrator keeps them.
//!
//! Must never say a badge's number, nor whose a number is.

use crate::access::Clerk;
use crate::body::{Body, Id};
use crate::problem::{Details, Problem};
use axum::Json;
use axum::http::StatusCode;
use domain::{BadgeId, DelegationId, HoldId, PackageId, PersonId};
use serde::{Deserialize, Serialize};
use station::{Delegate, moment};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
pub struct NewBadge {
    /// As a reader gives it. Kept as a keyed hash.
    number: String,
}

/// One more badge for a person.
#[utoipa::path(post, path = "/v1/people/{id}/badges", operation_id = "giveBadge", tag = "people", params(("id" = uuid::Uuid, Path)),
    request_body = NewBadge, security(("token" = ["staff", "admin"])),
    responses(
        (status = 204, description = "It opens from now on"),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn give_badge(
    Clerk(staff): Clerk,
    Id(person): Id<PersonId>,
    Body(badge): Body<NewBadge>,
) -> Result<StatusCode, Problem> {
    staff.give_badge(person, &badge.number).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A badge is lost: it opens nothing from now on, and whoever shows it is noticed.
#[utoipa::path(post, path = "/v1/badges/{id}/block", operation_id = "blockBadge", tag = "people", params(("id" = uuid::Uuid, Path)),
    security(("token" = ["staff", "admin"])),
    responses(
        (status = 204, description = "It opens nothing"),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn block_badge(Clerk(staff): Clerk, Id(badge): Id<BadgeId>) -> Result<StatusCode, Problem> {
    staff.block_badge(badge, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A lost badge was found.
#[utoipa::path(post, path = "/v1/badges/{id}/unblock", operation_id = "unblockBadge", tag = "people", params(("id" = uuid::Uuid, Path)),
    security(("token" = ["staff", "admin"])),
    responses(
        (status = 204, description = "It opens again"),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn unblock_badge(Clerk(staff): Clerk, Id(badge): Id<BadgeId>) -> Result<StatusCode, Problem> {
    staff.block_badge(badge, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
pub struct NewDelegation {
    #[schema(value_type = uuid::Uuid)]
    delegate_id: PersonId,
    /// This package only; without it, all within the dates.
    #[schema(value_type = Option<uuid::Uuid>)]
    package_id: Option<PackageId>,
    /// RFC 3339; now, if left out.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// RFC 3339; a year from then, if left out.
    #[schema(format = DateTime)]
    until: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Given {
    id: uuid::Uuid,
}

/// Somebody may fetch for this person.
#[utoipa::path(post, path = "/v1/people/{id}/delegations", operation_id = "giveDelegation", tag = "people", params(("id" = uuid::Uuid, Path)),
    request_body = NewDelegation, security(("token" = ["staff", "admin"])),
    responses(
        (status = 201, description = "Given; the delegate is told of what is there", body = Given),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn delegate(
    Clerk(staff): Clerk,
    Id(person): Id<PersonId>,
    Body(new): Body<NewDelegation>,
) -> Result<(StatusCode, Json<Given>), Problem> {
    let given = Delegate {
        delegate: new.delegate_id,
        package: new.package_id,
        from: new.from.map(|at| moment("from", &at)).transpose()?,
        until: new.until.map(|at| moment("until", &at)).transpose()?,
    };
    let id = staff.delegate(person, given).await?.0;
    Ok((StatusCode::CREATED, Json(Given { id })))
}

/// Ends a delegation now.
#[utoipa::path(delete, path = "/v1/delegations/{id}", operation_id = "endDelegation", tag = "people", params(("id" = uuid::Uuid, Path)),
    security(("token" = ["staff", "admin"])),
    responses(
        (status = 204, description = "Ended"),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn end_delegation(Clerk(staff): Clerk, Id(id): Id<DelegationId>) -> Result<StatusCode, Problem> {
    staff.end_delegation(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
pub struct NewHold {
    /// RFC 3339; now, if left out.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// RFC 3339.
    #[schema(format = DateTime)]
    until: String,
}

/// This person is away: the deadlines of their packages pause.
#[utoipa::path(post, path = "/v1/people/{id}/holds", operation_id = "setHold", tag = "people", params(("id" = uuid::Uuid, Path)),
    request_body = NewHold, security(("token" = ["staff", "admin"])),
    responses(
        (status = 201, description = "Set", body = Given),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn hold(
    Clerk(staff): Clerk,
    Id(person): Id<PersonId>,
    Body(new): Body<NewHold>,
) -> Result<(StatusCode, Json<Given>), Problem> {
    let from = new.from.map(|at| moment("from", &at)).transpose()?;
    let id = staff.set_hold(person, from, moment("until", &new.until)?).await?.0;
    Ok((StatusCode::CREATED, Json(Given { id })))
}

/// Ends a hold now.
#[utoipa::path(delete, path = "/v1/holds/{id}", operation_id = "endHold", tag = "people", params(("id" = uuid::Uuid, Path)),
    security(("token" = ["staff", "admin"])),
    responses(
        (status = 204, description = "Ended"),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn end_hold(Clerk(staff): Clerk, Id(id): Id<HoldId>) -> Result<StatusCode, Problem> {
    staff.end_hold(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
