//! One person out of several sources: what each says of them, and whose word counts for each field.
//!
//! A source's word is kept whole, beside the others'. What is true is folded from all of them, so that a source that
//! goes away takes its own words with it and nobody else's. Never decides who of two records is the same person: that
//! needs the directory at hand.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where a record comes from. The later in this list, the more its word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Typed by staff.
    Hand,
    /// A spreadsheet.
    Csv,
    /// LDAP or Active Directory.
    Ldap,
    /// Provisioned by an identity provider.
    Scim,
}

impl Source {
    pub const ALL: [Source; 4] = [Source::Hand, Source::Csv, Source::Ldap, Source::Scim];

    pub fn as_str(self) -> &'static str {
        match self {
            Source::Hand => "hand",
            Source::Csv => "csv",
            Source::Ldap => "ldap",
            Source::Scim => "scim",
        }
    }
    pub fn parse(text: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $variant:ident),* $(,)?) => {
        /// What one source says of one person. `None` says nothing; an empty list says there are none.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Record {
            $($(#[$doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)*
        }

        /// A field of a [`Record`], for saying who owns it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field { $($variant),* }

        impl Field {
            pub const ALL: &'static [Field] = &[$(Field::$variant),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Field::$variant => stringify!($field)),* }
            }
            pub fn parse(text: &str) -> Option<Field> {
                Field::ALL.iter().copied().find(|f| f.as_str() == text)
            }
        }

        impl Record {
            /// The fields this record says anything of.
            pub fn said(&self) -> BTreeSet<Field> {
                let mut said = BTreeSet::new();
                $(if self.$field.is_some() { said.insert(Field::$variant); })*
                said
            }

            /// The same without what is said of these fields.
            #[must_use]
            pub fn without(mut self, fields: &BTreeSet<Field>) -> Record {
                $(if fields.contains(&Field::$variant) { self.$field = None; })*
                self
            }

            fn take(&mut self, owners: &mut BTreeMap<Field, Source>, source: Source, other: &Record) {
                $(if let Some(value) = &other.$field {
                    self.$field = Some(value.clone());
                    owners.insert(Field::$variant, source);
                })*
            }
        }
    };
}

fields! {
    /// As in the organisation's papers.
    name: String = Name,
    /// What they want to be called; shown in its place where there is one.
    preferred_name: String = PreferredName,
    /// Other names a label may carry.
    aliases: Vec<String> = Aliases,
    email: String = Email,
    phone: String = Phone,
    department: String = Department,
    location: String = Location,
    /// The manager as the source names them: an external id or a mail address.
    manager: String = Manager,
    groups: Vec<String> = Groups,
    /// As a reader or a list writes them; kept as keyed hashes.
    badges: Vec<String> = Badges,
    /// `en`, `es`.
    language: String = Language,
    /// The channel they would rather hear by.
    channel: String = Channel,
    /// Private: asked for by the person, used by the allocation and shown to nobody at the kiosk.
    needs_low_door: bool = NeedsLowDoor,
    active: bool = Active,
}

/// What is true of a person, and who says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    pub record: Record,
    pub owners: BTreeMap<Field, Source>,
}

impl Merged {
    /// Folds what the sources say; the word of the highest counts, field by field.
    pub fn of<'a>(records: impl IntoIterator<Item = (Source, &'a Record)>) -> Merged {
        let sorted: BTreeMap<Source, &Record> = records.into_iter().collect();
        let mut merged = Merged::default();
        for (source, record) in sorted {
            merged.record.take(&mut merged.owners, source, record);
        }
        merged
    }

    /// The fields that `source` may not change, because a higher one says something of them.
    pub fn held_above(&self, source: Source) -> BTreeSet<Field> {
        self.owners.iter().filter(|(_, owner)| **owner > source).map(|(field, _)| *field).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(name: Option<&str>, email: Option<&str>, active: Option<bool>) -> Record {
        Record { name: name.map(Into::into), email: email.map(Into::into), active, ..Record::default() }
    }

    #[test]
    fn the_higher_source_has_the_word_and_the_others_fill_in() {
        let hand = record(Some("Zoe"), Some("z@example.com"), None);
        let scim = record(Some("Zoë O'Brien"), None, Some(false));
        let merged = Merged::of([(Source::Scim, &scim), (Source::Hand, &hand)]);
        assert_eq!(merged.record, record(Some("Zoë O'Brien"), Some("z@example.com"), Some(false)));
        assert_eq!(merged.owners[&Field::Name], Source::Scim);
        assert_eq!(merged.owners[&Field::Email], Source::Hand);
        assert_eq!(merged.held_above(Source::Hand), [Field::Name, Field::Active].into());
    }

    #[test]
    fn a_field_has_one_name_everywhere() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.as_str()), Some(*field));
            assert_eq!(serde_json::to_value(field).unwrap(), field.as_str());
        }
    }

    proptest! {
        #[test]
        fn a_source_that_goes_takes_its_own_words_and_no_others(a in any::<Option<bool>>(), b in any::<Option<bool>>(), n in any::<Option<bool>>()) {
            let low = Record { active: a, needs_low_door: n, ..Record::default() };
            let high = Record { active: b, ..Record::default() };
            let both = Merged::of([(Source::Csv, &low), (Source::Ldap, &high)]);
            prop_assert_eq!(both.record.active, b.or(a));
            prop_assert_eq!(both.record.needs_low_door, n);
            prop_assert_eq!(Merged::of([(Source::Csv, &low)]).record, low);
        }
    }
}
