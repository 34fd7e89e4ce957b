//! What a server sends of one entry, taken apart without trusting its shape.

use ldap3::ResultEntry;
use std::collections::HashMap;

/// An entry's name and its values; attributes in lower case and without options.
pub(super) struct RawEntry {
    pub dn: String,
    values: HashMap<String, Vec<Vec<u8>>>,
}

impl RawEntry {
    /// `None` for what is no entry or not of an entry's shape.
    pub fn read(item: ResultEntry) -> Option<RawEntry> {
        if item.is_ref() || item.is_intermediate() {
            return None;
        }
        let mut parts = item.0.match_id(4)?.expect_constructed()?.into_iter();
        let dn = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
        let mut values: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
        for attribute in parts.next()?.expect_constructed()? {
            let mut pair = attribute.expect_constructed()?.into_iter();
            let name = String::from_utf8(pair.next()?.expect_primitive()?).ok()?;
            let name = name.split(';').next().unwrap_or_default().to_lowercase();
            let held = values.entry(name).or_default();
            for value in pair.next()?.expect_constructed()? {
                held.push(value.expect_primitive()?);
            }
        }
        Some(RawEntry { dn, values })
    }

    pub fn bytes(&self, attribute: &str) -> &[Vec<u8>] {
        self.values.get(&attribute.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Its values as text, in an order that is always the same.
    pub fn texts(&self, attribute: &str) -> Vec<String> {
        let mut texts: Vec<String> =
            self.bytes(attribute).iter().map(|v| String::from_utf8_lossy(v).into_owned()).collect();
        texts.sort();
        texts
    }
}
