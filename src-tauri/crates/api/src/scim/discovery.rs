//! What the server says of itself.

use super::answer::{Refused, json};
use super::request::{Id, Params, Provider};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

/// The RFC wants a filter refused here, so that nobody takes a list for what the filter would leave of it.
fn unfiltered(params: &Params) -> Result<(), Refused> {
    if params.names("filter") {
        return Err(Refused::status(StatusCode::FORBIDDEN, "this list can't be filtered"));
    }
    Ok(())
}

fn all(found: Vec<Map<String, Value>>) -> Response {
    json(StatusCode::OK, &scim::list(found.len(), 0, found))
}

fn one(found: Option<Map<String, Value>>) -> Result<Response, Refused> {
    let found = found.ok_or_else(|| Refused::status(StatusCode::NOT_FOUND, "there is no such resource"))?;
    Ok(json(StatusCode::OK, &Value::Object(found)))
}

pub async fn config(Provider(directory): Provider, params: Params) -> Result<Response, Refused> {
    unfiltered(&params)?;
    Ok(json(StatusCode::OK, &scim::service_provider_config(directory.base())))
}

pub async fn schemas(Provider(directory): Provider, params: Params) -> Result<Response, Refused> {
    unfiltered(&params)?;
    Ok(all(scim::schemas(directory.base())))
}

pub async fn schema(Provider(directory): Provider, Id(id): Id) -> Result<Response, Refused> {
    one(scim::schema_page(directory.base(), &id))
}

pub async fn resource_types(Provider(directory): Provider, params: Params) -> Result<Response, Refused> {
    unfiltered(&params)?;
    Ok(all(scim::resource_types(directory.base())))
}

pub async fn resource_type(Provider(directory): Provider, Id(id): Id) -> Result<Response, Refused> {
    one(scim::resource_type(directory.base(), &id))
}
