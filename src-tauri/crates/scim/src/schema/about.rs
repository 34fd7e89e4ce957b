//! The schemas of what describes the server, which the RFC wants listed with the others (RFC 7643, 5 to 7).

use super::{Attribute, Schema, Type};

const NAME: Attribute = Attribute::text("name", "Its name").required().read_only();
const DESCRIPTION: Attribute = Attribute::text("description", "What it is").read_only();
const SUPPORTED: Attribute = Attribute::boolean("supported", "Whether it is offered").required().read_only();

const fn number(name: &'static str, description: &'static str) -> Attribute {
    Attribute::new(name, Type::Integer, description).required().read_only()
}
const fn feature(name: &'static str, description: &'static str) -> Attribute {
    Attribute::complex(name, description, &[SUPPORTED]).required().read_only()
}

pub static SERVICE_PROVIDER_CONFIG: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    name: "ServiceProviderConfig",
    description: "What the server offers",
    attributes: &[
        Attribute::reference("documentationUri", &["external"], "Where it is explained").read_only(),
        feature("patch", "PATCH"),
        Attribute::complex(
            "bulk",
            "Many requests in one",
            &[
                SUPPORTED,
                number("maxOperations", "Requests in one"),
                number("maxPayloadSize", "Bytes of one"),
            ],
        )
        .required()
        .read_only(),
        Attribute::complex(
            "filter",
            "Filters",
            &[SUPPORTED, number("maxResults", "Resources in one answer")],
        )
        .required()
        .read_only(),
        feature("changePassword", "Changing a password"),
        feature("sort", "Sorting"),
        feature("etag", "Entity tags"),
        Attribute::complex(
            "authenticationSchemes",
            "How a client shows who it is",
            &[
                Attribute::text("type", "Its kind").required().read_only().usually(&["oauthbearertoken"]),
                NAME,
                Attribute::text("description", "What it is").required().read_only(),
                Attribute::reference("specUri", &["external"], "Its specification").read_only(),
                Attribute::reference("documentationUri", &["external"], "Where it is explained").read_only(),
            ],
        )
        .many()
        .required()
        .read_only(),
    ],
};

pub static RESOURCE_TYPE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
    name: "ResourceType",
    description: "A kind of resource",
    attributes: &[
        NAME,
        DESCRIPTION,
        Attribute::reference("endpoint", &["uri"], "Where its resources are").required().read_only(),
        Attribute::reference("schema", &["uri"], "Its core schema").required().read_only(),
        Attribute::complex(
            "schemaExtensions",
            "Its extensions",
            &[
                Attribute::reference("schema", &["uri"], "The extension's schema").required().read_only(),
                Attribute::boolean("required", "Whether every resource has it").required().read_only(),
            ],
        )
        .many()
        .read_only(),
    ],
};

const TRAITS: [Attribute; 10] = [
    NAME,
    Attribute::text("type", "Its type").required().read_only().usually(&[
        "string",
        "boolean",
        "decimal",
        "integer",
        "dateTime",
        "reference",
        "complex",
        "binary",
    ]),
    Attribute::boolean("multiValued", "Whether there may be many").required().read_only(),
    DESCRIPTION,
    Attribute::boolean("required", "Whether there must be one").read_only(),
    Attribute::text("canonicalValues", "Its usual values").many().read_only(),
    Attribute::boolean("caseExact", "Whether case counts").read_only(),
    Attribute::text("mutability", "Who may change it").exact().read_only().usually(&[
        "readOnly",
        "readWrite",
        "immutable",
        "writeOnly",
    ]),
    Attribute::text("returned", "When it is in an answer")
        .exact()
        .read_only()
        .usually(&["always", "never", "default", "request"]),
    Attribute::text("uniqueness", "Within what it is unique")
        .exact()
        .read_only()
        .usually(&["none", "server", "global"]),
];
const REFERENCE_TYPES: Attribute =
    Attribute::text("referenceTypes", "What it may refer to").many().read_only();

static PARTS: [Attribute; 11] = {
    let [a, b, c, d, e, f, g, h, i, j] = TRAITS;
    [a, b, c, d, e, f, g, h, i, j, REFERENCE_TYPES]
};
static ATTRIBUTES: [Attribute; 12] = {
    let [a, b, c, d, e, f, g, h, i, j] = TRAITS;
    let parts = Attribute::complex("subAttributes", "Its parts", &PARTS).many().read_only();
    [a, b, c, d, e, f, g, h, i, j, REFERENCE_TYPES, parts]
};

pub static SCHEMA: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:Schema",
    name: "Schema",
    description: "A schema",
    attributes: &[
        NAME,
        DESCRIPTION,
        Attribute::complex("attributes", "Its attributes", &ATTRIBUTES).many().required().read_only(),
    ],
};
