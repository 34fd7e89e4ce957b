//! Who asks, from the bearer token, as a type: a handler that takes [`Clerk`] can't be reached with less.
//!
//! Must never let a request through to its body before its token is known, nor log a token.

use crate::App;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use station::{Access, Error, Scope, Staff, Visitor};

/// The keypad that codes through the API count against.
const KEYPAD: &str = "api";

/// May read: `read`, `staff`, `admin`.
pub struct Reader(pub Access);
/// May follow an opening: every scope but `directory`.
pub struct Follower;
/// May work: `staff`, `admin`.
pub struct Clerk(pub Staff);
/// May stand at the kiosk: `kiosk`, `admin`.
pub struct AtKiosk(pub Visitor);

async fn access(parts: &Parts, app: &App) -> Result<Access, Problem> {
    let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (_, token) = token.ok_or_else(|| Problem::unauthorized(r#"Bearer realm="cubby""#))?;
    let known = app.station.access(token.trim()).await?;
    known.ok_or_else(|| Problem::unauthorized(r#"Bearer realm="cubby", error="invalid_token""#))
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Reader, Problem> {
        let access = access(parts, app).await?;
        match access.scope {
            Scope::Read | Scope::Staff | Scope::Admin => Ok(Reader(access)),
            Scope::Kiosk | Scope::Directory => Err(Error::NotAllowed.into()),
        }
    }
}

impl FromRequestParts<App> for Follower {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Follower, Problem> {
        match access(parts, app).await?.scope {
            Scope::Directory => Err(Error::NotAllowed.into()),
            Scope::Read | Scope::Kiosk | Scope::Staff | Scope::Admin => Ok(Follower),
        }
    }
}

impl FromRequestParts<App> for Clerk {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Clerk, Problem> {
        Ok(Clerk(app.station.staff_by(access(parts, app).await?)?))
    }
}

impl FromRequestParts<App> for AtKiosk {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<AtKiosk, Problem> {
        match access(parts, app).await?.scope {
            Scope::Kiosk | Scope::Admin => Ok(AtKiosk(app.station.as_visitor(KEYPAD))),
            Scope::Read | Scope::Staff | Scope::Directory => Err(Error::NotAllowed.into()),
        }
    }
}
