//! Every limit and delay in one value that is passed in, so that tests set them to milliseconds.

use std::time::Duration;

/// What may be read at most, and how long may be waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a manifest or config: what registries themselves accept.
    pub manifest_bytes: u64,
    /// Bytes of a list, all its pages together.
    pub list_bytes: u64,
    /// Bytes of an attached document.
    pub document_bytes: u64,
    /// Bytes of a document after decompression.
    pub decompressed_bytes: u64,
    /// How many times larger a document may get by decompression.
    pub decompression_ratio: u64,
    /// How deep index within index and referrer of referrer are followed.
    pub depth: usize,
    /// Pages of one list.
    pub pages: u32,
    /// Entries of one list over all pages: a million names would be a gigabyte.
    pub list_entries: usize,
    /// Entries of all lists, indexes and manifests of a crawl together, as [`crate::crawl`] counts them: each takes some
    /// 100 bytes for as long as the program runs.
    pub entries: u64,
    /// Redirects of one request.
    pub redirects: usize,
    /// Time to connect.
    pub connect: Duration,
    /// Time without a byte.
    pub idle: Duration,
    /// Time for a manifest, list page or config as a whole; running out is not tried again.
    pub whole: Duration,
    /// Tries of one request in all.
    pub tries: u32,
    /// First wait before another try; doubled each time, with jitter.
    pub retry_wait: Duration,
    /// The longest that a command waits for a host that asks to be left alone.
    pub host_wait: Duration,
    /// How long a credential helper may run.
    pub helper: Duration,
    /// Bytes of answers' headers.
    pub header_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            manifest_bytes: 4 * MIB,
            list_bytes: 32 * MIB,
            document_bytes: 32 * MIB,
            decompressed_bytes: 100_000_000,
            decompression_ratio: 100,
            depth: 64,
            pages: 10_000,
            list_entries: 300_000,
            entries: 2_000_000,
            redirects: 10,
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            whole: Duration::from_secs(60),
            tries: 4,
            retry_wait: Duration::from_millis(250),
            host_wait: Duration::from_secs(30),
            helper: Duration::from_secs(20),
            header_bytes: 64 * 1024,
        }
    }
}

/// A number of bytes that is not exceeded, and the setting that moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Bytes.
    pub bytes: u64,
    /// The setting; empty where none does.
    pub setting: &'static str,
}

impl From<u64> for Bound {
    /// A bound that nobody moves.
    fn from(bytes: u64) -> Self {
        Self { bytes, setting: "" }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&bytes_in_words(self.bytes))?;
        match self.setting {
            "" => Ok(()),
            setting => write!(f, " (setting {setting})"),
        }
    }
}

impl Limits {
    /// What a manifest or config may have.
    pub fn manifest(&self) -> Bound {
        Bound {
            bytes: self.manifest_bytes,
            setting: "limits.manifest_bytes",
        }
    }

    /// What a list may have.
    pub fn list(&self) -> Bound {
        Bound {
            bytes: self.list_bytes,
            setting: "limits.list_bytes",
        }
    }

    /// What a document may have.
    pub fn document(&self) -> Bound {
        Bound {
            bytes: self.document_bytes,
            setting: "limits.document_bytes",
        }
    }
}

/// A size for people, in binary units: `4 MiB`, `1.5 KiB`, `12 bytes`.
pub(crate) fn bytes_in_words(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (unit, name) in UNITS {
        if bytes >= unit {
            let tenths = bytes.saturating_mul(10) / unit;
            return match tenths % 10 {
                0 => format!("{} {name}", tenths / 10),
                tenth => format!("{}.{tenth} {name}", tenths / 10),
            };
        }
    }
    format!("{bytes} bytes")
}

/// A duration for people, in its largest unit that leaves a whole number of at least two digits, roughly: `30 s`,
/// `59 min`, `300 ms`.
pub(crate) fn duration_in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds.div_ceil(60)),
        7200..172_800 => format!("{} h", seconds.div_ceil(3600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_in_the_unit_that_fits() {
        assert_eq!(bytes_in_words(4 << 20), "4 MiB");
        assert_eq!(bytes_in_words(1536), "1.5 KiB");
        assert_eq!(bytes_in_words(12), "12 bytes");
        assert_eq!(duration_in_words(Duration::from_millis(300)), "300 ms");
        assert_eq!(duration_in_words(Duration::from_secs(30)), "30 s");
        assert_eq!(duration_in_words(Duration::from_secs(3540)), "59 min");
        assert_eq!(duration_in_words(Duration::from_secs(86_400)), "24 h");
    }
}
