//! The local HTTP API under `/v1`, and SCIM beside it: a thin adapter over [`station`]. It parses, calls one use case and maps the error.
//!
//! Must never decide anything, touch SQL, or say a code, a badge number or the inside of a fault.

mod access;
mod body;
mod compartments;
mod events;
mod kiosk;
mod names;
mod openings;
mod packages;
mod people;
mod problem;
mod recipients;
mod scim;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use problem::Problem;
use station::Station;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes of the longest body that is read.
const BODY_MAX: usize = 64 * 1024;
/// How long requests under way may take to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// What every request can reach.
#[derive(Clone)]
struct App {
    station: Station,
    /// Becomes true when the server stops, so that endless answers end.
    closing: watch::Receiver<bool>,
}

impl FromRef<App> for Station {
    fn from_ref(app: &App) -> Station {
        app.station.clone()
    }
}

/// Every route, with its description: what is not in here is in neither the router nor the OpenAPI document.
fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(people::add))
        .routes(routes!(recipients::give_badge))
        .routes(routes!(recipients::block_badge))
        .routes(routes!(recipients::unblock_badge))
        .routes(routes!(recipients::delegate))
        .routes(routes!(recipients::end_delegation))
        .routes(routes!(recipients::hold))
        .routes(routes!(recipients::end_hold))
        .routes(routes!(packages::receive, packages::list))
        .routes(routes!(packages::show))
        .routes(routes!(packages::deposit))
        .routes(routes!(packages::reissue_code))
        .routes(routes!(openings::show))
        .routes(routes!(compartments::list))
        .routes(routes!(kiosk::pick_up))
        .routes(routes!(events::read))
        .routes(routes!(document))
}

/// The API of a node, for a server of the caller's.
pub fn router(station: Station) -> Router {
    // Without its sender the channel never says that the server stops.
    with(App { station, closing: watch::channel(false).1 })
}

fn with(app: App) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .nest(::scim::PATH, scim::router())
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "noSuchRoute", "No such route"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "methodNotAllowed", "The route has no such method")
        })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(app)
}

/// Serves until `stop` resolves; the bound address is told through `ready`.
pub async fn serve(
    station: Station,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    let (close, closing) = watch::channel(false);
    ready(listener.local_addr()?);
    let app = with(App { station, closing: closing.clone() });
    let stopped = async move {
        stop.await;
        close.send_replace(true);
    };
    let late = async move {
        ended(closing).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(stopped) => served,
        () = late => Ok(()),
    }
}

/// Resolves when the server stops.
async fn ended(mut closing: watch::Receiver<bool>) {
    if closing.wait_for(|closed| *closed).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The OpenAPI 3.1 document, made from the routes.
pub fn openapi() -> OpenApi {
    let (_, mut document) = routes().split_for_parts();
    document.info = Info::builder()
        .title("Cubby")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The local API of a Cubby node. Every request but this document's carries a bearer token of a scope: \
             `admin` may do everything, `staff` everything but kiosk pickups, `read` reads, `kiosk` starts pickups and \
             follows openings. Errors are RFC 9457 problem details with a stable `code`.",
        ))
        .build();
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    document.components.get_or_insert_with(Components::new).add_security_scheme("token", bearer);
    document
}

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", operation_id = "getDocument", tag = "api", security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object)))]
async fn document() -> Result<impl IntoResponse, Problem> {
    static TEXT: LazyLock<Result<String, String>> =
        LazyLock::new(|| openapi().to_json().map_err(|error| error.to_string()));
    match &*TEXT {
        Ok(text) => Ok(([(CONTENT_TYPE, "application/json")], text.as_str())),
        Err(error) => Err(Problem::incident(error)),
    }
}
