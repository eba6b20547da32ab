//! Texts and long digests, kept once and named by a number.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::oci::{Digest, RemoteText};

/// Values of one type, each kept once. Numbers stay valid; equal values have equal numbers.
///
/// Cost: one hash a look-up, 4 bytes of table beside the value.
pub(super) struct Interner<T> {
    values: Vec<T>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Interner<T> {
    /// The number of `value`, which becomes known if it was not.
    pub(super) fn intern(&mut self, value: &T) -> u32 {
        let hash = self.hasher.hash_one(value);
        if let Some(found) = self.table.find(hash, |id| self.get(*id) == Some(value)) {
            return *found;
        }
        // More than 2^32 - 1 texts do not fit into memory, so the last number stands for "too many".
        let id = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value.clone());
        let (values, hasher) = (&self.values, &self.hasher);
        self.table.insert_unique(hash, id, |id| {
            values
                .get(*id as usize)
                .map_or(0, |value| hasher.hash_one(value))
        });
        id
    }

    /// The number of a value that is known.
    pub(super) fn find(&self, value: &T) -> Option<u32> {
        self.table
            .find(self.hasher.hash_one(value), |id| {
                self.get(*id) == Some(value)
            })
            .copied()
    }

    /// The value with this number.
    pub(super) fn get(&self, id: u32) -> Option<&T> {
        self.values.get(id as usize)
    }
}

/// A text's number, or none. 4 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextId(u32);

impl TextId {
    /// No text.
    pub(super) const NONE: Self = Self(u32::MAX);

    /// The text with this number.
    pub(super) const fn of(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub(super) const fn number(self) -> u32 {
        self.0
    }
}

impl Interner<RemoteText> {
    /// The number of a text; of an absent or empty one, none.
    pub(super) fn text_id(&mut self, text: Option<&RemoteText>) -> TextId {
        text.filter(|text| !text.is_empty())
            .map_or(TextId::NONE, |text| TextId(self.intern(text)))
    }

    /// The text with this number.
    pub(super) fn text(&self, id: TextId) -> Option<&RemoteText> {
        self.get(id.0)
    }
}

/// A digest in 32 bytes: a sha256 inline, longer ones by number.
pub(super) type Hash32 = [u8; 32];

impl Interner<Digest> {
    /// `digest` in 32 bytes and whether these are a number.
    pub(super) fn pack(&mut self, digest: &Digest) -> (Hash32, bool) {
        match <Hash32>::try_from(digest.as_bytes()) {
            Ok(inline) => (inline, false),
            Err(_) => (number_as_hash(self.intern(digest)), true),
        }
    }

    /// Like [`Self::pack`] for a digest that may be unknown.
    pub(super) fn find_packed(&self, digest: &Digest) -> Option<(Hash32, bool)> {
        match <Hash32>::try_from(digest.as_bytes()) {
            Ok(inline) => Some((inline, false)),
            Err(_) => Some((number_as_hash(self.find(digest)?), true)),
        }
    }

    /// The digest that was packed.
    pub(super) fn unpack(&self, packed: &Hash32, is_number: bool) -> Option<Digest> {
        if !is_number {
            return Digest::from_bytes(crate::oci::Algorithm::Sha256, packed);
        }
        let number = packed
            .first_chunk::<4>()
            .map(|bytes| u32::from_le_bytes(*bytes))?;
        self.get(number).copied()
    }
}

fn number_as_hash(number: u32) -> Hash32 {
    let mut hash = [0; 32];
    if let Some(head) = hash.first_chunk_mut::<4>() {
        *head = number.to_le_bytes();
    }
    hash
}
