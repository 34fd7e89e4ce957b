//! What the server says of itself (RFC 7644, 4), and where its resources are.

use crate::schema::{
    Attribute, BADGES, CUBBY, ENTERPRISE, GROUP, RESOURCE_TYPE, ResourceType, SCHEMA,
    SERVICE_PROVIDER_CONFIG, Schema, USER,
};
use serde_json::{Map, Value, json};

/// Where the protocol is mounted.
pub const PATH: &str = "/scim/v2";
/// Resources in one answer.
pub const FOUND_MAX: usize = 500;

static SCHEMAS: [&Schema; 8] =
    [USER.core, &ENTERPRISE, &CUBBY, &BADGES, GROUP.core, &SERVICE_PROVIDER_CONFIG, &RESOURCE_TYPE, &SCHEMA];
static TYPES: [&ResourceType; 2] = [&USER, &GROUP];

/// The address that the client reaches the server at, with [`PATH`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(String);

impl Base {
    pub fn new(address: impl Into<String>) -> Base {
        Base(address.into())
    }
    pub fn location(&self, kind: &ResourceType, id: &str) -> String {
        self.below(kind.endpoint, id)
    }
    fn below(&self, endpoint: &str, id: &str) -> String {
        format!("{}/{endpoint}/{id}", self.0)
    }
}

pub fn schemas(base: &Base) -> Vec<Map<String, Value>> {
    SCHEMAS.iter().map(|schema| page(base, schema)).collect()
}

pub fn schema_page(base: &Base, id: &str) -> Option<Map<String, Value>> {
    SCHEMAS.iter().find(|schema| schema.id.eq_ignore_ascii_case(id)).map(|schema| page(base, schema))
}

fn page(base: &Base, schema: &Schema) -> Map<String, Value> {
    let mut page = schema.describe();
    page.insert("meta".into(), meta("Schema", &base.below("Schemas", schema.id)));
    page
}

pub fn resource_types(base: &Base) -> Vec<Map<String, Value>> {
    TYPES.iter().filter_map(|kind| resource_type(base, kind.name)).collect()
}

pub fn resource_type(base: &Base, name: &str) -> Option<Map<String, Value>> {
    let kind = TYPES.iter().find(|kind| kind.name == name)?;
    // An extension of which nothing is ever told is no part of a resource that a client sees.
    let seen = kind.extensions.iter().filter(|e| !e.attributes.iter().all(Attribute::is_write_only));
    let extensions: Vec<_> =
        seen.map(|extension| json!({ "schema": extension.id, "required": false })).collect();
    let mut page = Map::new();
    page.insert("schemas".into(), json!([RESOURCE_TYPE.id]));
    page.insert("id".into(), kind.name.into());
    page.insert("name".into(), kind.name.into());
    page.insert("description".into(), kind.description.into());
    page.insert("endpoint".into(), format!("/{}", kind.endpoint).into());
    page.insert("schema".into(), kind.core.id.into());
    if !extensions.is_empty() {
        page.insert("schemaExtensions".into(), extensions.into());
    }
    page.insert("meta".into(), meta("ResourceType", &base.below("ResourceTypes", kind.name)));
    Some(page)
}

pub fn service_provider_config(base: &Base) -> Value {
    let offered = |supported: bool| json!({ "supported": supported });
    json!({
        "schemas": [SERVICE_PROVIDER_CONFIG.id],
        "patch": offered(true),
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": FOUND_MAX },
        "changePassword": offered(false),
        "sort": offered(false),
        "etag": offered(true),
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of the scope directory, made with cubby token create",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
        }],
        "meta": meta("ServiceProviderConfig", &format!("{}/ServiceProviderConfig", base.0)),
    })
}

fn meta(kind: &str, location: &str) -> Value {
    json!({ "resourceType": kind, "location": location })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_that_a_type_names_is_shown() {
        let base = Base::new("https://x/scim/v2");
        for kind in resource_types(&base) {
            let extensions =
                kind.get("schemaExtensions").and_then(Value::as_array).cloned().unwrap_or_default();
            let named = extensions.iter().map(|e| &e["schema"]).chain([&kind["schema"]]);
            for id in named.map(|id| id.as_str().unwrap()) {
                let page = schema_page(&base, id).unwrap();
                assert_eq!(page["meta"]["location"], format!("https://x/scim/v2/Schemas/{id}"));
                assert!(!page["attributes"].as_array().unwrap().is_empty());
            }
        }
        assert_eq!(schemas(&base).len(), 8);
        assert!(schema_page(&base, "urn:x").is_none() && resource_type(&base, "Printer").is_none());
    }
}
