//! The fields of an identity, the keys that they stand under, and dates that are none.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::oci::Annotations;

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// What it is called.
    Title,
    /// What it is.
    Description,
    /// Its version.
    Version,
    /// The revision of its source.
    Revision,
    /// Where its source is.
    Source,
    /// Where to find out more.
    Url,
    /// Where its documentation is.
    Documentation,
    /// Its licences, as an SPDX expression.
    Licenses,
    /// Who made it.
    Authors,
    /// Who distributes it.
    Vendor,
    /// When it was made.
    Created,
    /// The image that it stands on, as a reference.
    BaseName,
    /// The image that it stands on, by digest.
    BaseDigest,
}

impl Field {
    /// Every field, in the order in which they are shown.
    pub const ALL: [Self; 13] = [
        Self::Title,
        Self::Description,
        Self::Version,
        Self::Revision,
        Self::Source,
        Self::Url,
        Self::Documentation,
        Self::Licenses,
        Self::Authors,
        Self::Vendor,
        Self::Created,
        Self::BaseName,
        Self::BaseDigest,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Version => "version",
            Self::Revision => "revision",
            Self::Source => "source",
            Self::Url => "url",
            Self::Documentation => "documentation",
            Self::Licenses => "licenses",
            Self::Authors => "authors",
            Self::Vendor => "vendor",
            Self::Created => "created",
            Self::BaseName => "base-name",
            Self::BaseDigest => "base-digest",
        }
    }
}

/// How OCI's keys begin (image-spec, `annotations.md`).
const OCI: &str = "org.opencontainers.image.";
/// How those of label-schema.org begin, which OCI's replaced.
const LABEL_SCHEMA: &str = "org.label-schema.";

/// The field that a key stands for, and its rank beside others for the same: OCI's go first. `usage` of label-schema
/// may be a command; then it is no documentation.
pub(super) fn of_key(key: &str, value: &str) -> Option<(Field, u8)> {
    if let Some(name) = key.strip_prefix(OCI) {
        let field = match name {
            "title" => Field::Title,
            "description" => Field::Description,
            "version" => Field::Version,
            "revision" => Field::Revision,
            "source" => Field::Source,
            "url" => Field::Url,
            "documentation" => Field::Documentation,
            "licenses" => Field::Licenses,
            "authors" => Field::Authors,
            "vendor" => Field::Vendor,
            "created" => Field::Created,
            "base.name" => Field::BaseName,
            "base.digest" => Field::BaseDigest,
            _ => return None,
        };
        return Some((field, 0));
    }
    let field = match key.strip_prefix(LABEL_SCHEMA)? {
        "name" => Field::Title,
        "description" => Field::Description,
        "version" => Field::Version,
        "vcs-ref" => Field::Revision,
        "vcs-url" => Field::Source,
        "url" => Field::Url,
        "usage" if is_address(value) => Field::Documentation,
        "vendor" => Field::Vendor,
        "build-date" => Field::Created,
        _ => return None,
    };
    Some((field, 1))
}

fn is_address(value: &str) -> bool {
    let scheme = value.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        ["http", "https"]
            .into_iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
    })
}

/// What Red Hat's tools write as labels without a prefix (`rhel` and UBI images; section 8 of the formats reference).
const RED_HAT: [&str; 13] = [
    "name",
    "version",
    "release",
    "architecture",
    "build-date",
    "vcs-ref",
    "vcs-type",
    "vendor",
    "summary",
    "maintainer",
    "distribution-scope",
    "url",
    "cpe",
];

/// Whether labels are those of an image that Red Hat's tools built.
pub(super) fn is_of_red_hat(labels: &Annotations) -> bool {
    labels
        .keys()
        .any(|key| key.as_str().starts_with("com.redhat."))
}

/// Whether a key is a vendor's own that people look for. `is_red_hats` says that the bare names of [`RED_HAT`] are.
pub(super) fn is_vendors(key: &str, is_red_hats: bool) -> bool {
    key.starts_with("com.docker.official-images.")
        || key.starts_with("com.redhat.")
        || key == "io.buildah.version"
        || is_red_hats && (RED_HAT.contains(&key) || key.starts_with("io.k8s."))
}

/// A date as it is written, of RFC 3339; none where it stands for "unknown".
pub fn read_date(text: &str) -> Option<Timestamp> {
    if is_no_date(text) {
        return None;
    }
    text.trim().parse().ok()
}

/// Whether a date stands for "unknown", in any offset: of the year 1, of 1970, or one second into 1980, which is how
/// builders write that they state none. A text that is no date at all is not that.
pub(super) fn is_no_date(text: &str) -> bool {
    /// 1980-01-01T00:00:01Z: the first moment that a ZIP archive can state, and one second.
    const ZIP: i64 = 315_532_801;
    let text = text.trim();
    let written: Option<DateTime> = text.parse().ok();
    if written.is_some_and(|written| is_unknown_year(written.year())) {
        return true;
    }
    let Ok(moment) = text.parse::<Timestamp>() else {
        return false;
    };
    let utc = moment.to_zoned(jiff::tz::TimeZone::UTC);
    is_unknown_year(utc.year()) || moment.as_second() == ZIP
}

const fn is_unknown_year(year: i16) -> bool {
    year <= 1 || year == 1970
}
