//! Openings: following one attempt to open one door.
//!
//! Must never start one: a deposit or a pickup does.

use crate::access::Follower;
use crate::body::Id;
use crate::names::{OpeningState, Purpose};
use crate::problem::{Details, Problem};
use axum::Json;
use axum::extract::State;
use domain::{CompartmentId, OpeningId, PackageId};
use serde::Serialize;
use station::wire::OpeningView;
use station::{Error, Station};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct Opening {
    id: String,
    /// `waiting` stands behind another door of the same visit, and is not in the log yet.
    state: OpeningState,
    /// The compartment's label.
    compartment: String,
    compartment_id: String,
    /// The name of the bank.
    bank: String,
    purpose: Purpose,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    package: Option<PackageId>,
}

impl Opening {
    pub fn of(view: OpeningView, package: Option<PackageId>) -> Opening {
        Opening {
            id: view.id,
            state: view.state.into(),
            compartment: view.label,
            compartment_id: view.compartment,
            bank: view.bank,
            purpose: view.purpose.into(),
            package,
        }
    }

    /// One of a visit that has not begun.
    async fn planned(
        station: &Station,
        id: OpeningId,
        compartment: CompartmentId,
        package: PackageId,
        state: OpeningState,
    ) -> Result<Opening, Error> {
        let place = station.compartments().await?.into_iter().find(|c| c.id == compartment.to_string());
        let place = place.ok_or(Error::NotFound("compartment"))?;
        Ok(Opening {
            id: id.to_string(),
            state,
            compartment: place.label,
            compartment_id: place.id,
            bank: place.bank,
            purpose: Purpose::Pickup,
            package: Some(package),
        })
    }

    /// One of a visit, begun or not. One whose door could not be opened at all has left no trace but this.
    pub async fn of_visit(
        station: &Station,
        (id, compartment, package): (OpeningId, CompartmentId, PackageId),
    ) -> Result<Opening, Error> {
        if station.is_waiting(id).await.is_some() {
            return Opening::planned(station, id, compartment, package, OpeningState::Waiting).await;
        }
        match station.opening(id).await {
            Ok(view) => Ok(Opening::of(view, Some(package))),
            Err(Error::NotFound(_)) => {
                Opening::planned(station, id, compartment, package, OpeningState::NotOpened).await
            }
            Err(error) => Err(error),
        }
    }
}

/// Tells how far an opening has come.
#[utoipa::path(get, path = "/v1/openings/{id}", operation_id = "getOpening", tag = "openings", params(("id" = uuid::Uuid, Path)),
    security(("token" = ["read", "staff", "admin", "kiosk"])),
    responses(
        (status = 200, description = "The opening", body = Opening),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn show(
    _: Follower,
    State(station): State<Station>,
    Id(id): Id<OpeningId>,
) -> Result<Json<Opening>, Problem> {
    if let Some((compartment, package)) = station.is_waiting(id).await {
        return Ok(Json(Opening::planned(&station, id, compartment, package, OpeningState::Waiting).await?));
    }
    let view = station.opening(id).await?;
    let package = station.store().opening(id).await.map_err(Error::from)?.and_then(|row| row.package);
    Ok(Json(Opening::of(view, package)))
}
