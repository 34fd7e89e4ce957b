//! A key and those that it took the place of. What was made with an earlier one says which, so that it stays good
//! until nobody needs it. Never shows a key, not even in an error.

use super::random;
use crate::Error;
use domain::time::Wall;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;

/// 32 random bytes, with what each hash begins from, which is half the work of one.
#[derive(Clone)]
pub(crate) struct Key {
    bytes: [u8; 32],
    keyed: Hmac<Sha256>,
    name: KeyName,
}

/// The first bytes of a keyed hash: names a key without telling anything of it.
pub(crate) type KeyName = [u8; 4];

impl Key {
    fn new() -> Result<Key, Error> {
        Ok(Key::of(random()?))
    }

    fn of(bytes: [u8; 32]) -> Key {
        // One block of the hash: a key that is shorter is filled up with zeros.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&bytes);
        let keyed = Hmac::new(&block.into());
        let mut key = Key { bytes, keyed, name: KeyName::default() };
        key.name = key.hash(b"name of this key").first_chunk().copied().unwrap_or_default();
        key
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub fn name(&self) -> KeyName {
        self.name
    }

    /// A keyed hash.
    pub fn hash(&self, bytes: &[u8]) -> Vec<u8> {
        self.keyed.clone().chain_update(bytes).finalize().into_bytes().to_vec()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Key {}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&hex::encode(self.bytes))
    }
}

/// In hex; nodes of before wrote a list of numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Hex(String),
    List([u8; 32]),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Key, D::Error> {
        let bad = || serde::de::Error::custom("a key is 64 hexadecimal digits");
        match Written::deserialize(from)? {
            Written::List(bytes) => Ok(Key::of(bytes)),
            Written::Hex(text) if text.len() == 64 => {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| bad())?;
                Ok(Key::of(bytes))
            }
            Written::Hex(_) => Err(bad()),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Earlier {
    key: Key,
    /// When another took its place.
    until_ms: i64,
}

/// The key in force, and earlier ones that something still needs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Shape")]
pub(crate) struct Ring {
    key: Key,
    /// When it took its place; the first one has always been there.
    #[serde(skip_serializing_if = "Option::is_none")]
    since_ms: Option<i64>,
    /// Newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
}

/// Nodes of before wrote the key alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Shape {
    Bare(Key),
    Ring {
        key: Key,
        since_ms: Option<i64>,
        #[serde(default)]
        earlier: Vec<Earlier>,
    },
}

impl From<Shape> for Ring {
    fn from(shape: Shape) -> Ring {
        match shape {
            Shape::Bare(key) => Ring { key, since_ms: None, earlier: Vec::new() },
            Shape::Ring { key, since_ms, earlier } => Ring { key, since_ms, earlier },
        }
    }
}

impl Ring {
    pub fn new() -> Result<Ring, Error> {
        Ok(Ring { key: Key::new()?, since_ms: None, earlier: Vec::new() })
    }

    pub fn current(&self) -> &Key {
        &self.key
    }

    /// The one in force first.
    pub fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.key).chain(self.earlier.iter().map(|e| &e.key))
    }

    /// What was made before keys had names was made with the first one.
    pub fn first(&self) -> &Key {
        self.earlier.last().map_or(&self.key, |e| &e.key)
    }

    pub fn named(&self, name: &[u8]) -> Option<&Key> {
        if name.is_empty() { Some(self.first()) } else { self.all().find(|key| key.name() == name) }
    }

    pub fn since(&self) -> Option<Wall> {
        self.since_ms.map(Wall)
    }

    /// How many earlier ones are kept.
    pub fn earlier(&self) -> usize {
        self.earlier.len()
    }

    pub fn rotate(&mut self, at: Wall) -> Result<(), Error> {
        let key = std::mem::replace(&mut self.key, Key::new()?);
        self.earlier.insert(0, Earlier { key, until_ms: at.0 });
        self.since_ms = Some(at.0);
        Ok(())
    }

    /// Drops the earlier keys that nothing needs; says whether there were any.
    pub fn keep(&mut self, needed: impl Fn(&Key) -> bool) -> bool {
        let before = self.earlier.len();
        self.earlier.retain(|e| needed(&e.key));
        self.earlier.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Ring, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn a_key_of_before_is_read_as_it_was_and_written_anew() {
        let bytes: Vec<u8> = (0..32).collect();
        let old = read(&serde_json::to_string(&bytes).unwrap()).unwrap();
        assert_eq!(old.current().bytes().as_slice(), bytes);
        let text = serde_json::to_string(&old).unwrap();
        assert!(text.starts_with(r#"{"key":"000102"#), "{text}");
        assert!(read(&text).unwrap() == old);
    }

    #[test]
    fn rotated_keys_stay_known_by_name_until_nothing_needs_them() {
        let mut ring = Ring::new().unwrap();
        let first = ring.current().clone();
        ring.rotate(Wall(1)).unwrap();
        let second = ring.current().clone();
        ring.rotate(Wall(2)).unwrap();
        assert_eq!((ring.all().count(), ring.since()), (3, Some(Wall(2))));
        assert!(ring.named(&first.name()) == Some(&first) && ring.named(&[]) == Some(&first));
        assert!(read(&serde_json::to_string(&ring).unwrap()).unwrap() == ring);
        assert!(ring.keep(|key| *key == second));
        assert!(ring.named(&first.name()).is_none() && ring.named(&second.name()) == Some(&second));
        assert!(!ring.keep(|_| true));
    }

    #[test]
    fn a_damaged_key_is_refused_without_being_shown() {
        for text in ["\"abcd\"", "[1,2,3]", "{}", &format!("\"{}\"", "zz".repeat(32)), "null"] {
            let Err(error) = read(text) else { panic!("{text}") };
            assert!(!error.to_string().contains("abcd") && !error.to_string().contains("zz"), "{error}");
        }
    }
}
