//! People: the RFC's user, its enterprise extension, and what only a parcel room asks for.

use super::{Attribute, ResourceType, Schema};

pub static USER: ResourceType = ResourceType {
    name: "User",
    description: "A person",
    endpoint: "Users",
    core: &CORE,
    extensions: &[&ENTERPRISE, &CUBBY, &BADGES],
    // A parcel room has no use for these, and keeps nothing of a person that it doesn't use.
    dropped: &["password", "photos", "ims", "x509Certificates", "entitlements"],
};

const PRIMARY: Attribute = Attribute::boolean("primary", "Whether it is the one to use; at most one is");
const DISPLAY: Attribute = Attribute::text("display", "As people read it");
const PLACES: &[&str] = &["work", "home", "other"];

static CORE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    description: "A person",
    attributes: &[
        Attribute::text("userName", "How the person signs in at the client; no two have the same")
            .required()
            .unique(),
        Attribute::complex(
            "name",
            "The parts of the name",
            &[
                Attribute::text("formatted", "The whole name, as in the organisation's papers"),
                Attribute::text("familyName", "Family name"),
                Attribute::text("givenName", "Given name"),
                Attribute::text("middleName", "Middle name"),
                Attribute::text("honorificPrefix", "Title before the name"),
                Attribute::text("honorificSuffix", "Suffix after the name"),
            ],
        ),
        Attribute::text("displayName", "The name that is shown"),
        Attribute::text("nickName", "A name that a label may carry too"),
        Attribute::reference("profileUrl", &["external"], "A page about the person"),
        Attribute::text("title", "Job title"),
        Attribute::text("userType", "How the person belongs to the organisation"),
        Attribute::text("preferredLanguage", "Notices and the kiosk speak it, where Cubby does"),
        Attribute::text("locale", "Where the person's formats come from"),
        Attribute::text("timezone", "The person's time zone"),
        Attribute::boolean("active", "Whether the person may fetch packages"),
        Attribute::complex(
            "emails",
            "Mail addresses; notices go to the primary one, else to the first for work",
            &[
                Attribute::text("value", "The address"),
                DISPLAY,
                Attribute::text("type", "What it is for").usually(PLACES),
                PRIMARY,
            ],
        )
        .many(),
        Attribute::complex(
            "phoneNumbers",
            "Telephone numbers",
            &[
                Attribute::text("value", "The number"),
                DISPLAY,
                Attribute::text("type", "What it is for")
                    .usually(&["work", "home", "mobile", "fax", "pager", "other"]),
                PRIMARY,
            ],
        )
        .many(),
        Attribute::complex(
            "addresses",
            "Postal addresses",
            &[
                Attribute::text("formatted", "The whole address"),
                Attribute::text("streetAddress", "Street and house"),
                Attribute::text("locality", "Town"),
                Attribute::text("region", "State or region"),
                Attribute::text("postalCode", "Postal code"),
                Attribute::text("country", "Country"),
                Attribute::text("type", "What it is for").usually(PLACES),
                PRIMARY,
            ],
        )
        .many(),
        Attribute::complex(
            "groups",
            "The groups the person is in; changed at the group",
            &[
                Attribute::text("value", "The id of the group").exact().read_only(),
                Attribute::reference("$ref", &["Group"], "Where the group is").read_only(),
                Attribute::text("display", "What the group is called").read_only(),
                Attribute::text("type", "How the person is in it").usually(&["direct"]).read_only(),
            ],
        )
        .many()
        .read_only(),
        Attribute::complex(
            "roles",
            "Roles at the client; they give no right here",
            &[
                Attribute::text("value", "The role"),
                DISPLAY,
                Attribute::text("type", "What it is for"),
                PRIMARY,
            ],
        )
        .many(),
    ],
};

pub static ENTERPRISE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name: "EnterpriseUser",
    description: "A person at work",
    attributes: &[
        Attribute::text("employeeNumber", "The number at the organisation"),
        Attribute::text("costCenter", "Cost centre"),
        Attribute::text("organization", "Organisation"),
        Attribute::text("division", "Division"),
        Attribute::text("department", "Department"),
        Attribute::complex(
            "manager",
            "The person's manager",
            &[
                Attribute::text("value", "The id of the manager").exact(),
                Attribute::reference("$ref", &["User"], "Where the manager is"),
                Attribute::text("displayName", "The manager's name").read_only(),
            ],
        ),
    ],
};

pub static CUBBY: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:cubby:2.0:User",
    name: "CubbyUser",
    description: "What a parcel room needs to know of a person",
    attributes: &[
        Attribute::text("preferredName", "What the person wants to be called"),
        Attribute::text("aliases", "Other names a label may carry, with commas between them"),
        Attribute::text("location", "Where the person works, as a courier would say it"),
        Attribute::text("channel", "The channel the person would rather hear by"),
        Attribute::boolean("needsLowDoor", "Give the person doors that are reached sitting; shown to nobody"),
    ],
};

/// By themselves, because nothing of them is ever told.
pub static BADGES: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User",
    name: "CubbyBadges",
    description: "The person's badges, which are set and never told again",
    attributes: &[Attribute::text("badges", "Their numbers, as a reader gives them; each has one owner")
        .many()
        .write_only()],
};
