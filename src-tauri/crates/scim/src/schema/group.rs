//! Groups of people.

use super::{Attribute, ResourceType, Schema};

pub static GROUP: ResourceType = ResourceType {
    name: "Group",
    description: "A group of people",
    endpoint: "Groups",
    core: &CORE,
    extensions: &[],
    dropped: &[],
};

static CORE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    description: "A group of people",
    attributes: &[
        Attribute::text("displayName", "What the group is called").required(),
        Attribute::complex(
            "members",
            "The people in the group; groups in groups are not kept",
            &[
                Attribute::text("value", "The id of the user").exact().immutable(),
                Attribute::reference("$ref", &["User"], "Where the user is").immutable(),
                Attribute::text("type", "What the member is").usually(&["User"]).immutable(),
            ],
        )
        .many(),
    ],
};
