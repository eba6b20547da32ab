//! Bases by their layers: an image whose first layers are all the layers of another stands on that.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::oci::{ImageConfig, RemoteText};

use super::history;

/// An image by its layers.
#[derive(Clone, Copy, Debug)]
pub struct Layered<'a> {
    /// The digests of the uncompressed layers, base first.
    pub diff_ids: &'a [RemoteText],
    /// Its config, whose history tells images with equal layers apart.
    pub config: Option<&'a ImageConfig>,
}

/// Images by all of their layers.
#[derive(Debug, Default)]
pub struct LayerIndex<'a> {
    images: Vec<Layered<'a>>,
    by_chain: HashMap<u64, Vec<u32>>,
}

impl<'a> LayerIndex<'a> {
    /// An index of images. Those without layers are nobody's base. Cost: proportional to the number of all layers.
    pub fn new(images: Vec<Layered<'a>>) -> Self {
        let mut by_chain: HashMap<u64, Vec<u32>> = HashMap::with_capacity(images.len());
        for (place, image) in (0..).zip(&images) {
            if let Some((_, chain)) = chains(image.diff_ids).last() {
                by_chain.entry(chain).or_default().push(place);
            }
        }
        Self { images, by_chain }
    }

    /// The images that the one at `place` stands on by its layers, with how many these are: those with the most layers,
    /// and of them those whose history is its own beginning, if any is. Equal layers are no base.
    ///
    /// Cost: proportional to its layers and to the images that have the same.
    pub fn bases(&self, place: usize) -> Vec<(usize, usize)> {
        self.longest(place, |_| true)
    }

    /// The same among the images that `is_wanted` takes.
    pub fn longest(&self, place: usize, is_wanted: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
        let Some(image) = self.images.get(place) else {
            return Vec::new();
        };
        let own = image.diff_ids.len();
        let mut best: Vec<(usize, usize)> = Vec::new();
        for (length, chain) in chains(image.diff_ids) {
            if length >= own {
                break;
            }
            let others = self
                .by_chain
                .get(&chain)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let others = others.iter().map(|other| *other as usize);
            let others = others.filter(|other| {
                let base = self.images.get(*other);
                is_wanted(*other)
                    && base.is_some_and(|base| {
                        base.diff_ids.len() == length && image.diff_ids.starts_with(base.diff_ids)
                    })
            });
            let longer: Vec<_> = others.map(|other| (other, length)).collect();
            if !longer.is_empty() {
                best = longer;
            }
        }
        let is_told = |(other, _): &(usize, usize)| {
            let base = self.images.get(*other).and_then(|base| base.config);
            base.zip(image.config)
                .is_some_and(|(base, own)| history::is_prefix(base, own))
        };
        if best.len() > 1 && best.iter().any(is_told) {
            best.retain(is_told);
        }
        best
    }
}

/// For each layer how many there are up to it, and a hash of these.
fn chains(diff_ids: &[RemoteText]) -> impl Iterator<Item = (usize, u64)> {
    let mut hasher = DefaultHasher::new();
    (1..).zip(diff_ids).map(move |(length, diff_id)| {
        diff_id.as_str().hash(&mut hasher);
        (length, hasher.finish())
    })
}
