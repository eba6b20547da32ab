//! Uploads that were begun and never finished.

/// What unfinished uploads take of a storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uploads {
    /// How many there are.
    pub count: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// Seconds since the youngest was last written to; none where the files do not tell.
    pub youngest: Option<u64>,
    /// Seconds since the oldest was.
    pub oldest: Option<u64>,
}

impl Uploads {
    /// One more of them.
    pub fn add(&mut self, bytes: u64, age: Option<u64>) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if let Some(age) = age {
            self.youngest = Some(self.youngest.map_or(age, |known| known.min(age)));
            self.oldest = Some(self.oldest.map_or(age, |known| known.max(age)));
        }
    }

    /// Those of another storage as well.
    pub fn join(&mut self, other: Self) {
        self.count += other.count;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.youngest = [self.youngest, other.youngest].into_iter().flatten().min();
        self.oldest = self.oldest.max(other.oldest);
    }
}
