//! SCIM 2.0 as a protocol (RFC 7643, RFC 7644): schemas, filters, PATCH, projection, errors, and what of a SCIM user
//! is a [`domain::directory::Record`].
//!
//! Pure: JSON in, JSON out. Never does I/O, never reads a clock, never says a value that was sent in an error.

mod compare;
mod discovery;
mod error;
mod etag;
mod filter;
mod list;
mod parse;
mod patch;
mod patch_value;
mod projection;
mod record;
mod resource;
pub mod schema;

pub use compare::Test;
pub use discovery::{
    Base, FOUND_MAX, PATH, resource_type, resource_types, schema_page, schemas, service_provider_config,
};
pub use error::{Error, Kind, Result};
pub use etag::{Condition, Etag};
pub use filter::{Filter, Literal, Op, Path};
pub use list::{Query, list};
pub use patch::Patch;
pub use projection::Projection;
pub use record::record;
pub use resource::{Meta, Resource, Veil};
pub use schema::{GROUP, ResourceType, USER};
