//! Which attributes are read as what, and an entry as a person.

use super::dn;
use super::wire::RawEntry;
use crate::build::Builder;
use crate::{Entry, Fault, Refused, Target};
use domain::directory::Field;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a server is, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// OpenLDAP and whatever else holds `inetOrgPerson`.
    Standard,
    ActiveDirectory,
}

/// What Active Directory says of itself, in its root's `supportedCapabilities`.
pub(super) const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";

type Map = BTreeMap<Target, Vec<String>>;

impl Kind {
    pub(super) fn filter(self) -> &'static str {
        match self {
            Kind::Standard => "(objectClass=inetOrgPerson)",
            Kind::ActiveDirectory => "(&(objectCategory=person)(objectClass=user))",
        }
    }

    /// Active Directory tells each person's groups with the person.
    pub(super) fn groups(self) -> &'static str {
        match self {
            Kind::Standard => "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))",
            Kind::ActiveDirectory => "",
        }
    }

    fn attributes(self) -> &'static [(Target, &'static [&'static str])] {
        use Field as F;
        match self {
            Kind::Standard => &[
                (Target::ExternalId, &["entryUUID"]),
                (Target::GivenName, &["givenName"]),
                (Target::FamilyName, &["sn"]),
                (Target::Field(F::Name), &["cn"]),
                (Target::Field(F::PreferredName), &["displayName"]),
                (Target::Field(F::Aliases), &["cn"]),
                (Target::Field(F::Email), &["mail"]),
                (Target::Field(F::Phone), &["mobile", "telephoneNumber"]),
                (Target::Field(F::Department), &["departmentNumber", "ou"]),
                (Target::Field(F::Location), &["physicalDeliveryOfficeName", "roomNumber", "l"]),
                (Target::Field(F::Manager), &["manager"]),
                (Target::Field(F::Groups), &["memberOf"]),
                (Target::Field(F::Language), &["preferredLanguage"]),
            ],
            Kind::ActiveDirectory => &[
                (Target::ExternalId, &["objectGUID"]),
                (Target::GivenName, &["givenName"]),
                (Target::FamilyName, &["sn"]),
                (Target::Field(F::Name), &["displayName", "cn"]),
                (Target::Field(F::Email), &["mail", "userPrincipalName"]),
                (Target::Field(F::Phone), &["mobile", "telephoneNumber"]),
                (Target::Field(F::Department), &["department"]),
                (Target::Field(F::Location), &["physicalDeliveryOfficeName", "l"]),
                (Target::Field(F::Manager), &["manager"]),
                (Target::Field(F::Groups), &["memberOf"]),
                (Target::Field(F::Language), &["preferredLanguage"]),
                (Target::Field(F::Active), &["userAccountControl"]),
            ],
        }
    }

    /// Its own attributes, and what was said instead.
    pub(super) fn map(self, said: &Map) -> Map {
        let own = self.attributes().iter();
        let mut map: Map =
            own.map(|(target, names)| (*target, names.iter().map(ToString::to_string).collect())).collect();
        map.extend(said.iter().map(|(target, names)| (*target, names.clone())));
        map
    }
}

/// Reads an entry as a person. `groups` are those that say so themselves.
pub(super) fn person(raw: &RawEntry, at: u64, map: &Map, groups: &[&str]) -> Result<Entry, Refused> {
    let mut builder = Builder::default();
    let mut first: Option<(String, Fault)> = None;
    for (target, names) in map {
        for (name, value) in values(raw, *target, names) {
            let value = value.and_then(|value| builder.put_one(*target, &value));
            if let Err(why) = value {
                first.get_or_insert((name.to_owned(), why));
            }
        }
    }
    let put = groups.iter().try_for_each(|group| builder.put_one(Target::Field(Field::Groups), group));
    if let Err(why) = put.and_then(|()| builder.put_one(Target::Reference, &raw.dn)) {
        first.get_or_insert(("dn".into(), why));
    }
    let external_id = builder.external_id().map(Into::into);
    let refused = |column, why| Refused { at, column, external_id, why };
    if let Some((name, why)) = first {
        return Err(refused(Some(name), why));
    }
    let mut entry = builder.finish(at).map_err(|why| refused(None, why))?;
    let record = &mut entry.record;
    if record.preferred_name == record.name {
        record.preferred_name = None;
    }
    if let Some(aliases) = &mut record.aliases {
        aliases.retain(|alias| Some(alias) != record.name.as_ref());
    }
    record.groups.get_or_insert_default().sort();
    // Who is listed is there, unless the list says otherwise.
    record.active.get_or_insert(true);
    Ok(entry)
}

/// The values to read, with the attribute each is of: all for a list, else one.
fn values<'a>(raw: &RawEntry, target: Target, names: &'a [String]) -> Vec<(&'a str, Result<String, Fault>)> {
    let held = names.iter().filter(|name| !raw.bytes(name).is_empty());
    let list = matches!(target, Target::Field(Field::Aliases | Field::Groups | Field::Badges));
    if target == Target::ExternalId {
        return held.take(1).map(|name| (name.as_str(), key(raw, name))).collect();
    }
    let read = |value: String| match target {
        Target::Field(Field::Groups) => dn::first_value(&value).unwrap_or(value),
        _ => value,
    };
    if list {
        return held
            .flat_map(|name| raw.texts(name).into_iter().map(|v| (name.as_str(), Ok(read(v)))))
            .collect();
    }
    // Of several values the one the entry is named by; a server tells them in no order.
    let named = dn::first_value(&raw.dn);
    let one = |name: &'a String| {
        let texts = raw.texts(name);
        let chosen = texts.iter().find(|t| Some(*t) == named.as_ref()).or(texts.first()).cloned();
        chosen.map(|value| (name.as_str(), Ok(read(value))))
    };
    held.take(1).filter_map(one).collect()
}

/// A key as text. Active Directory's is sixteen bytes, the first groups of which are the wrong way round.
fn key(raw: &RawEntry, name: &str) -> Result<String, Fault> {
    let value = raw.bytes(name).first().map_or(&[] as &[u8], Vec::as_slice);
    if name.eq_ignore_ascii_case("objectGUID") {
        let bytes: [u8; 16] = value.try_into().map_err(|_| Fault::Unreadable)?;
        return Ok(Uuid::from_bytes_le(bytes).to_string());
    }
    String::from_utf8(value.to_vec()).map_err(|_| Fault::Unreadable)
}
