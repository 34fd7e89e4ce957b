//! Users and groups: the same requests for both.

use super::answer::{Refused, headers, json, resource};
use super::request::{Body, Id, IfMatch, IfNoneMatch, Params, Provider};
use axum::Extension;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use scim::{Projection, Query};
use station::{Directory, Kept};

type Answer = Result<Response, Refused>;

async fn found(directory: &Directory, kind: Option<Kept>, query: &Query) -> Answer {
    let (total, found) = directory.find(kind, query).await?;
    Ok(json(StatusCode::OK, &scim::list(total, query.skip, found)))
}

pub async fn list(Provider(directory): Provider, Extension(kind): Extension<Kept>, params: Params) -> Answer {
    found(&directory, Some(kind), &Query::of_url(params.pairs())?).await
}

pub async fn search(
    Provider(directory): Provider,
    Extension(kind): Extension<Kept>,
    Body(body): Body,
) -> Answer {
    found(&directory, Some(kind), &Query::of_body(&body)?).await
}

pub async fn search_all(Provider(directory): Provider, Body(body): Body) -> Answer {
    found(&directory, None, &Query::of_body(&body)?).await
}

pub async fn show(
    Provider(directory): Provider,
    Extension(kind): Extension<Kept>,
    Id(id): Id,
    IfNoneMatch(condition): IfNoneMatch,
    params: Params,
) -> Answer {
    let projection = Projection::of_url(params.pairs())?;
    let (found, etag) = directory.show(kind, &id, &projection).await?;
    if condition.is_some_and(|condition| condition.matches(&etag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers(&found, &etag)).into_response());
    }
    Ok(resource(StatusCode::OK, found, &etag, &projection))
}

pub async fn add(
    Provider(directory): Provider,
    Extension(kind): Extension<Kept>,
    params: Params,
    Body(body): Body,
) -> Answer {
    let projection = Projection::of_url(params.pairs())?;
    let (made, etag) = directory.add(kind, body).await?;
    Ok(resource(StatusCode::CREATED, made, &etag, &projection))
}

pub async fn replace(
    Provider(directory): Provider,
    Extension(kind): Extension<Kept>,
    Id(id): Id,
    IfMatch(condition): IfMatch,
    params: Params,
    Body(body): Body,
) -> Answer {
    let projection = Projection::of_url(params.pairs())?;
    let (changed, etag) = directory.replace(kind, &id, condition.as_ref(), body).await?;
    Ok(resource(StatusCode::OK, changed, &etag, &projection))
}

pub async fn patch(
    Provider(directory): Provider,
    Extension(kind): Extension<Kept>,
    Id(id): Id,
    IfMatch(condition): IfMatch,
    params: Params,
    Body(body): Body,
) -> Answer {
    let projection = Projection::of_url(params.pairs())?;
    let (changed, etag) = directory.patch(kind, &id, condition.as_ref(), body).await?;
    // A group may have as many members as there are people: it is told again only to who asks for some of it.
    if kind == Kept::Group && !params.names("attributes") && !params.names("excludedAttributes") {
        return Ok((StatusCode::NO_CONTENT, headers(&changed, &etag)).into_response());
    }
    Ok(resource(StatusCode::OK, changed, &etag, &projection))
}

pub async fn remove(
    Provider(directory): Provider,
    Extension(kind): Extension<Kept>,
    Id(id): Id,
    IfMatch(condition): IfMatch,
) -> Answer {
    directory.remove(kind, &id, condition.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
