//! SCIM 2.0 under `/scim/v2`, for an identity provider: parse, call one use case, map the error.
//!
//! Must never decide anything, nor say a value that was sent. What it can't do is said in SCIM's own shape.

mod answer;
mod discovery;
mod request;
mod resources;

use crate::App;
use answer::Refused;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{any, get, post};
use axum::{Extension, Router};
use station::Kept;

/// Bytes of the longest body that is read.
const BODY_MAX: usize = 1024 * 1024;

/// Everything below [`scim::PATH`].
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/ServiceProviderConfig", get(discovery::config))
        .route("/Schemas", get(discovery::schemas))
        .route("/Schemas/{id}", get(discovery::schema))
        .route("/ResourceTypes", get(discovery::resource_types))
        .route("/ResourceTypes/{id}", get(discovery::resource_type))
        .route("/.search", post(resources::search_all))
        .route("/Me", any(not_offered))
        .route("/Bulk", any(not_offered))
        .nest("/Users", kept(Kept::User))
        .nest("/Groups", kept(Kept::Group))
        .fallback(async || Refused::status(StatusCode::NOT_FOUND, "there is no such endpoint"))
        .method_not_allowed_fallback(async || {
            Refused::status(StatusCode::METHOD_NOT_ALLOWED, "the endpoint has no such method")
        })
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

fn kept(kind: Kept) -> Router<App> {
    Router::new()
        .route("/", get(resources::list).post(resources::add))
        .route("/.search", post(resources::search))
        .route(
            "/{id}",
            get(resources::show).put(resources::replace).patch(resources::patch).delete(resources::remove),
        )
        .layer(Extension(kind))
}

async fn not_offered() -> Refused {
    Refused::status(StatusCode::NOT_IMPLEMENTED, "that is not offered: see ServiceProviderConfig")
}
