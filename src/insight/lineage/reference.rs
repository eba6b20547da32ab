//! The names of bases, as annotations and provenance write them.

use crate::oci::target::RepositoryTarget;
use crate::oci::{Digest, Origin, RemoteText, Repository};

/// Where the name of a base leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamedBase {
    /// Where it is.
    pub repository: Repository,
    /// Its tag.
    pub tag: RemoteText,
}

/// A name of a base that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseName {
    /// The empty image.
    Scratch,
    /// A tag of a repository.
    Tag(NamedBase),
    /// A repository, and no tag because a digest stands in its place.
    Repository(Repository),
    /// Nothing that can be resolved; why.
    Unreadable(&'static str),
}

impl BaseName {
    /// Reads a name that an image in `near` gives to its base. `is_here` tells whether a repository of the same source is
    /// known: a local copy of a registry knows its repositories by their paths alone.
    pub fn parse(written: &str, near: &Repository, is_here: &dyn Fn(&Repository) -> bool) -> Self {
        let written = written.trim();
        if written.eq_ignore_ascii_case("scratch") {
            return Self::Scratch;
        }
        if let Some(path) = layout_path(written) {
            return in_layout(path, near);
        }
        let schemes = [
            "docker-pullable://",
            "docker://",
            "oci://",
            "https://",
            "http://",
        ];
        let reference = schemes
            .iter()
            .find_map(|scheme| written.strip_prefix(scheme))
            .unwrap_or(written);
        let Ok(target) = RepositoryTarget::parse(reference) else {
            return Self::Unreadable("it is no reference to an image");
        };
        let copy = Repository::new(&near.origin, target.path.as_str());
        let repository = if is_here(&copy) && near.origin.0.as_str() != target.host.as_str() {
            copy
        } else {
            Repository::new(&Origin::new(target.host.as_str()), target.path.as_str())
        };
        match (target.tag, target.digest) {
            (Some(tag), _) => Self::Tag(NamedBase {
                repository,
                tag: tag.as_str().into(),
            }),
            (None, Some(_)) => Self::Repository(repository),
            // As container engines read it.
            (None, None) => Self::Tag(NamedBase {
                repository,
                tag: "latest".into(),
            }),
        }
    }
}

/// The path in the name of a layout.
fn layout_path(written: &str) -> Option<&str> {
    let path = written.strip_prefix("ocidir://").or_else(|| {
        written
            .strip_prefix("oci:")
            .filter(|path| !path.starts_with("//"))
    });
    path.or_else(|| Some(written).filter(|path| path.starts_with(['.', '/'])))
}

/// A tag of a layout: of the one that the image is in, if the folder has its name. No other folder is looked at.
fn in_layout(path: &str, near: &Repository) -> BaseName {
    let (folder, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
    let last = |path: &str| {
        path.trim_end_matches('/')
            .rsplit('/')
            .next()
            .map(str::to_owned)
    };
    let own = near.origin.0.as_str();
    let own = own.strip_prefix("oci:").unwrap_or(own);
    if last(folder) == last(own) {
        BaseName::Tag(NamedBase {
            repository: near.clone(),
            tag: tag.into(),
        })
    } else {
        BaseName::Unreadable("it is a layout elsewhere")
    }
}

/// The reference and digest that a package URL of type `docker` or `oci` stands for, in every dialect: the host in the
/// namespace or in `repository_url`, the digest as version, as qualifier, or beside it.
pub(super) fn of_purl(purl: &str) -> Option<(String, Option<Digest>)> {
    let rest = purl.strip_prefix("pkg:")?;
    let (kind, rest) = rest.split_once('/')?;
    if !matches!(kind, "docker" | "oci") {
        return None;
    }
    let rest = rest.split('#').next()?;
    let (path, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
    // BuildKit's own writing of tags without an `@`: `pkg:docker/docker:24.0.7-cli`.
    let (name, version) = path
        .rsplit_once('@')
        .or_else(|| path.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')))
        .unwrap_or((path, ""));
    let (name, version) = (decoded(name)?, decoded(version)?);
    let qualifier = |wanted: &str| {
        let mut all = qualifiers.split('&').filter_map(|one| one.split_once('='));
        all.find(|(key, _)| *key == wanted)
            .and_then(|(_, value)| decoded(value))
    };
    let mut digest: Option<Digest> = qualifier("digest").and_then(|digest| digest.parse().ok());
    let mut tag = qualifier("tag").unwrap_or_default();
    match version.parse() {
        Ok(version) => digest = Some(version),
        Err(_) if tag.is_empty() => tag = version,
        Err(_) => {}
    }
    let mut reference = match (kind, qualifier("repository_url")) {
        ("oci", Some(url)) => url,
        (_, Some(url)) => format!("{}/{name}", url.trim_end_matches('/')),
        (_, None) => name,
    };
    if !tag.is_empty() {
        reference.push(':');
        reference.push_str(&tag);
    } else if let Some(digest) = digest {
        reference.push('@');
        reference.push_str(&digest.to_string());
    }
    Some((reference, digest))
}

/// Percent-decoding. None: it is broken.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            let pair = std::str::from_utf8(&pair).ok()?;
            bytes.push(u8::from_str_radix(pair, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
