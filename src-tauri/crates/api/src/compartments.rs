//! Every compartment as it stands.
//!
//! Must never say what is inside.

use crate::access::Reader;
use crate::names::{CompartmentSize, Door, Occupancy};
use crate::problem::{Details, Problem};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use station::Station;
use station::wire::{CompartmentView, Fitness};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct Compartment {
    id: String,
    label: String,
    /// The name of its bank.
    bank: String,
    size: CompartmentSize,
    accessible: bool,
    refrigerated: bool,
    in_service: bool,
    occupancy: Occupancy,
    door: Door,
    /// Its door does not do what it is told: staff must look.
    suspect: bool,
}

#[derive(Serialize, ToSchema)]
pub struct Compartments {
    compartments: Vec<Compartment>,
}

impl From<CompartmentView> for Compartment {
    fn from(view: CompartmentView) -> Compartment {
        Compartment {
            id: view.id,
            label: view.label,
            bank: view.bank,
            size: view.size.into(),
            accessible: view.accessible,
            refrigerated: view.refrigerated,
            in_service: view.fitness == Fitness::InService,
            occupancy: view.occupancy.into(),
            door: view.door.into(),
            suspect: view.suspect,
        }
    }
}

/// Lists every compartment with its three facts: fitness, occupancy, door.
#[utoipa::path(get, path = "/v1/compartments", operation_id = "listCompartments", tag = "compartments", security(("token" = ["read", "staff", "admin"])),
    responses(
        (status = 200, description = "All of them", body = Compartments),
        (status = "default", description = "A problem", body = Details, content_type = "application/problem+json"),
    ))]
pub async fn list(_: Reader, State(station): State<Station>) -> Result<Json<Compartments>, Problem> {
    let compartments = station.compartments().await?.into_iter().map(Compartment::from).collect();
    Ok(Json(Compartments { compartments }))
}
