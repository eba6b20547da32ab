//! Fingerprints of which registry somebody talks to: what it answers, to reading alone, in places that tell registries apart.

/// A place that is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FingerprintPlace {
    /// `/v2/`, which every registry has.
    Base,
    /// The referrers of a digest in a repository that nobody has: a registry without that API has no such place at all.
    Referrers,
    /// zot's own place for programs that manage it.
    ZotManagement,
    /// The list of extensions that distribution-spec's extension document describes.
    Extensions,
    /// What Harbor says of itself.
    HarborInfo,
    /// How Quay says that it is well.
    QuayHealth,
}

impl FingerprintPlace {
    /// Every place, in the order in which they are asked.
    pub const ALL: [Self; 6] = [
        Self::Base,
        Self::Referrers,
        Self::ZotManagement,
        Self::Extensions,
        Self::HarborInfo,
        Self::QuayHealth,
    ];

    /// Its path on the host.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Base => "/v2/",
            Self::Referrers => {
                "/v2/regscope/asks/referrers/sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
            }
            Self::ZotManagement => "/v2/_zot/ext/mgmt",
            Self::Extensions => "/v2/_oci/ext/discover",
            Self::HarborInfo => "/api/v2.0/systeminfo",
            Self::QuayHealth => "/health/instance",
        }
    }
}

/// What a registry answered in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Where.
    pub place: FingerprintPlace,
    /// The HTTP status.
    pub status: u16,
    /// The headers that are text, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The start of the body.
    pub body: String,
}

impl Fingerprint {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}
