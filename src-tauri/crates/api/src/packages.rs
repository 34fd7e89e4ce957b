//! Packages: taking them in, depositing them, finding them.
//!
//! Must never answer with an access code.

use crate::access::{Clerk, Reader};
use crate::body::{Body, Id, MaybeBody, Params, limit};
use crate::names::{Handling, PackageState, Size};
use crate::openings::Opening;
use crate::problem::{Details, Problem, Why};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{PackageId, PersonId};
use serde::{Deserialize, Serialize};
use station::wire::{self, IntakeSize, PackageRow};
use station::{Received, Station, state_name};
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, ToSchema)]
pub struct Intake {
    tracking_number: String,
    #[schema(value_type = uuid::Uuid)]
    recipient_id: PersonId,
    size: Size,
    #[serde(default)]
    handling: Vec<Handling>,
    note: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TakenIn {
    id: String,
    /// Recognised from the tracking number.
    carrier: Option<String>,
    state: PackageState,
}

#[derive(Serialize, ToSchema)]
pub struct Package {
    id: String,
    tracking_number: String,
    carrier: Option<String>,
    recipient_id: String,
    size: Size,
    handling: Vec<Handling>,
    state: PackageState,
    /// The label of the compartment it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    compartment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compartment_id: Option<String>,
    /// The name of the bank it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    bank: Option<String>,
    /// Where to find it, for people: bank and label, or the shelf.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    received_at: String,
    changed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<String>,
}

impl From<PackageRow> for Package {
    fn from(row: PackageRow) -> Package {
        // What is in a compartment was last at the door that its place names.
        let inside =
            row.opening.filter(|o| row.place.as_deref() == Some(format!("{} {}", o.bank, o.label).as_str()));
        let (compartment, compartment_id, bank) = match inside {
            Some(opening) => (Some(opening.label), Some(opening.compartment), Some(opening.bank)),
            None => (None, None, None),
        };
        Package {
            id: row.id,
            tracking_number: row.tracking_number,
            carrier: row.carrier,
            recipient_id: row.recipient_id,
            size: row.size.into(),
            handling: row.handling.into_iter().map(Handling::from).collect(),
            state: row.state.into(),
            compartment,
            compartment_id,
            bank,
            place: row.place,
            received_at: row.received_at,
            changed_at: row.changed_at,
            deadline: row.deadline,
        }
    }
}

/// Takes a package in.
#[utoipa::path(post, path = "/v1/packages", operation_id = "receivePackage", tag = "packages", request_body = Intake, security(("token" = ["staff", "admin"])),
    responses(
        (status = 201, description = "Taken in", body = TakenIn),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn receive(
    Clerk(staff): Clerk,
    Body(intake): Body<Intake>,
) -> Result<(StatusCode, Json<TakenIn>), Problem> {
    let received = Received {
        tracking_number: intake.tracking_number,
        recipient: intake.recipient_id,
        size: IntakeSize::from(intake.size).into(),
        handling: intake.handling.into_iter().map(|h| wire::Handling::from(h).into()).collect(),
        note: intake.note,
    };
    let row = staff.receive(received).await?;
    Ok((StatusCode::CREATED, Json(TakenIn { id: row.id, carrier: row.carrier, state: row.state.into() })))
}

#[derive(Default, Deserialize, ToSchema)]
pub struct Where {
    /// A compartment's label or id; the best-fitting free one when left out.
    compartment: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct DepositBegun {
    opening: Opening,
}

/// Opens a door for a package. It is stored when the door is seen shut: follow the opening.
#[utoipa::path(post, path = "/v1/packages/{id}/deposit", operation_id = "depositPackage", tag = "packages", params(("id" = uuid::Uuid, Path)),
    request_body = Option<Where>, security(("token" = ["staff", "admin"])),
    responses(
        (status = 202, description = "The door was asked to open", body = DepositBegun),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn deposit(
    Clerk(staff): Clerk,
    State(station): State<Station>,
    Id(package): Id<PackageId>,
    MaybeBody(wanted): MaybeBody<Where>,
) -> Result<(StatusCode, Json<DepositBegun>), Problem> {
    let compartment = match wanted.compartment {
        Some(text) => Some(station.find_compartment(&text).await?),
        None => None,
    };
    let opening = Opening::of(staff.deposit(package, compartment).await?, Some(package));
    Ok((StatusCode::ACCEPTED, Json(DepositBegun { opening })))
}

#[derive(Serialize, ToSchema)]
pub struct CodeSent {}

/// Sends the recipient a fresh code; the one before is worth nothing from now on.
#[utoipa::path(post, path = "/v1/packages/{id}/codes", operation_id = "reissueCode", tag = "packages", params(("id" = uuid::Uuid, Path)),
    security(("token" = ["staff", "admin"])),
    responses(
        (status = 202, description = "On its way to the recipient", body = CodeSent),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn reissue_code(
    Clerk(staff): Clerk,
    Id(package): Id<PackageId>,
) -> Result<(StatusCode, Json<CodeSent>), Problem> {
    staff.reissue_code(package).await?;
    Ok((StatusCode::ACCEPTED, Json(CodeSent {})))
}

/// One package.
#[utoipa::path(get, path = "/v1/packages/{id}", operation_id = "getPackage", tag = "packages", params(("id" = uuid::Uuid, Path)),
    security(("token" = ["read", "staff", "admin"])),
    responses(
        (status = 200, description = "The package", body = Package),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn show(
    _: Reader,
    State(station): State<Station>,
    Id(package): Id<PackageId>,
) -> Result<Json<Package>, Problem> {
    Ok(Json(station.package_view(package).await?.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Words of the tracking number, recipient, department or note.
    query: Option<String>,
    #[param(value_type = Option<PackageState>, inline)]
    state: Option<String>,
    /// The page before's `next`.
    after: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Packages {
    packages: Vec<Package>,
    /// Where the next page begins; null on the last.
    next: Option<String>,
}

/// Packages, newest first.
#[utoipa::path(get, path = "/v1/packages", operation_id = "listPackages", tag = "packages", params(Search), security(("token" = ["read", "staff", "admin"])),
    responses(
        (status = 200, description = "A page of packages", body = Packages),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn list(
    _: Reader,
    State(station): State<Station>,
    Params(search): Params<Search>,
) -> Result<Json<Packages>, Problem> {
    let limit = limit(search.limit, 50, 200)?;
    let state = search.state.map(|name| serde_json::from_value::<PackageState>(name.into())).transpose();
    let state = state.map_err(|_| Problem::invalid("state", Why::Malformed))?;
    let query = search.query.unwrap_or_default();
    let state = state.map(|state| state_name(state.into()));
    let page = station.packages(&query, state, search.after.as_deref(), limit).await?;
    Ok(Json(Packages { packages: page.rows.into_iter().map(Package::from).collect(), next: page.next }))
}
