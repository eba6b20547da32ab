//! Every limit and delay in one value that is passed in, so that tests set them to milliseconds.

use std::time::Duration;

/// What may be read at most, and how long may be waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a manifest or config: what registries themselves accept.
    pub manifest_bytes: u64,
    /// Bytes of one page of a list.
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
    /// Entries of one list over all pages: 10 million names would be gigabytes.
    pub list_entries: usize,
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
            list_entries: 2_000_000,
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
