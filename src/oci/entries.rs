//! The descriptors of one list of a manifest, each at its place: the layers of an image, the entries of an index.

use std::collections::HashMap;
use std::ops::Deref;

use super::{Descriptor, DigestError};

/// Why an entry of a list names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no object.
    #[error("is no descriptor")]
    NoDescriptor,
    /// It has no digest, or one that is no text.
    #[error("has no digest")]
    NoDigest,
    /// Its digest is none.
    #[error("its digest cannot be read: {0}")]
    Digest(#[from] DigestError),
}

/// A list of descriptors. It is the slice of those that could be read; [`Entries::placed`] has the others too, each at
/// its place, so that what follows a broken entry is not taken for what precedes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    read: Vec<Descriptor>,
    /// By place.
    unread: Vec<(u32, Unreadable)>,
    /// Where a digest stands first, and where again; sorted.
    repeats: Vec<(u32, u32)>,
}

impl Entries {
    /// Every entry at its place, from 0.
    pub fn placed(&self) -> impl Iterator<Item = (u32, Result<&Descriptor, Unreadable>)> {
        let (mut read, mut unread) = (self.read.iter(), self.unread.iter().peekable());
        (0..).map_while(move |place| {
            let entry = match unread.next_if(|(at, _)| *at == place) {
                Some((_, why)) => Err(*why),
                None => Ok(read.next()?),
            };
            Some((place, entry))
        })
    }

    /// The entries that could be read, at their places.
    pub fn readable(&self) -> impl Iterator<Item = (u32, &Descriptor)> {
        let placed = self.placed();
        placed.filter_map(|(place, entry)| Some((place, entry.ok()?)))
    }

    /// How many entries there are, readable or not.
    pub fn total(&self) -> usize {
        self.read.len() + self.unread.len()
    }

    /// The entry at a place. Cost: `O(log n)` in those that cannot be read.
    pub fn at(&self, place: u32) -> Option<&Descriptor> {
        let before = self.unread.partition_point(|(at, _)| *at < place);
        if self.unread.get(before).is_some_and(|(at, _)| *at == place) {
            return None;
        }
        self.read.get((place as usize).checked_sub(before)?)
    }

    /// All places of the digest that stands first at `first`. Cost: `O(log n)`, and their number.
    pub fn places_of(&self, first: u32) -> impl Iterator<Item = u32> {
        let start = self.repeats.partition_point(|(from, _)| *from < first);
        let again = self.repeats.iter().skip(start);
        let again = again.take_while(move |(from, _)| *from == first);
        std::iter::once(first).chain(again.map(|(_, place)| *place))
    }

    /// What it weighs in memory, in bytes, roughly.
    pub fn weight(&self) -> usize {
        let read: usize = self.read.iter().map(Descriptor::weight).sum();
        read + size_of_val(self.unread.as_slice()) + size_of_val(self.repeats.as_slice())
    }
}

impl FromIterator<Result<Descriptor, Unreadable>> for Entries {
    fn from_iter<I: IntoIterator<Item = Result<Descriptor, Unreadable>>>(entries: I) -> Self {
        let mut list = Self::default();
        let mut seen = HashMap::new();
        for (place, entry) in (0..).zip(entries) {
            match entry {
                Ok(descriptor) => {
                    let first = *seen.entry(descriptor.digest).or_insert(place);
                    if first != place {
                        list.repeats.push((first, place));
                    }
                    list.read.push(descriptor);
                }
                Err(why) => list.unread.push((place, why)),
            }
        }
        list.repeats.sort_unstable();
        list
    }
}

impl Deref for Entries {
    type Target = [Descriptor];

    fn deref(&self) -> &[Descriptor] {
        &self.read
    }
}

impl IntoIterator for Entries {
    type Item = Descriptor;
    type IntoIter = std::vec::IntoIter<Descriptor>;

    fn into_iter(self) -> Self::IntoIter {
        self.read.into_iter()
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = &'a Descriptor;
    type IntoIter = std::slice::Iter<'a, Descriptor>;

    fn into_iter(self) -> Self::IntoIter {
        self.read.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Digest;
    use super::*;

    #[test]
    fn an_entry_that_cannot_be_read_keeps_its_place_and_repeats_are_known() {
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let of = |digest| Ok(Descriptor::of(digest));
        let list: Entries = [
            of(one),
            Err(Unreadable::NoDigest),
            of(two),
            of(one),
            Err(Unreadable::NoDescriptor),
        ]
        .into_iter()
        .collect();
        assert_eq!((list.total(), list.len()), (5, 3));
        let digest = |place| list.at(place).map(|entry| entry.digest);
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(digest),
            [Some(one), None, Some(two), Some(one), None, None]
        );
        let readable: Vec<_> = list.readable().map(|(place, _)| place).collect();
        assert_eq!(readable, [0, 2, 3]);
        assert_eq!(list.places_of(0).collect::<Vec<_>>(), [0, 3]);
        assert_eq!(list.places_of(2).collect::<Vec<_>>(), [2]);
        let broken: Vec<_> = list.placed().filter_map(|(_, entry)| entry.err()).collect();
        assert_eq!(broken, [Unreadable::NoDigest, Unreadable::NoDescriptor]);
    }
}
