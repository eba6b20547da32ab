//! Targets: what a person writes on the command line (`docs/interface.md`, "Targets").

use std::fmt;
use std::path::PathBuf;

use super::tag::{is_valid_repository, is_valid_tag};
use super::{Digest, RemoteText};

/// A root of the graph as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A registry: its catalog.
    Registry(Host),
    /// A repository, or one tag or manifest of it.
    Repository(RepositoryTarget),
    /// An OCI image layout, or one tag of it.
    Layout {
        /// The folder.
        folder: PathBuf,
        /// The only tag wanted.
        tag: Option<RemoteText>,
        /// The only manifest wanted; where a tag is written too, the digest counts.
        digest: Option<Digest>,
    },
    /// A tar file with a layout in it. Behind the file's path there may be a colon and the name of one image in it, or an
    /// at sign and a digest: names may have colons and slashes, so only the file system tells where the path ends.
    OciArchive(PathBuf),
    /// A tar file as `docker save` writes it, or one image in it.
    DockerArchive(PathBuf),
    /// A registry's own storage.
    Storage(PathBuf),
    /// A saved session.
    Snapshot(PathBuf),
    /// A path of which the file system must say what it is: a folder with a layout, or an archive.
    Path(PathBuf),
    /// The built-in example registry.
    Demo,
}

/// A registry's host and port, as written; Docker Hub under its one name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host(String);

/// The name under which Docker Hub is known in references.
pub const DOCKER_HUB: &str = "docker.io";

impl Host {
    /// A host from `name[:port]` or `[v6]:port`.
    ///
    /// Errors: a character that no host has, or a port that is none.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let wrong = || TargetError::Host(text.into());
        let (name, port) = split_port(text).ok_or_else(wrong)?;
        if port.is_some_and(|port| port.parse::<u16>().is_err() || port.starts_with('+')) {
            return Err(wrong());
        }
        let is_v6 = name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let is_valid = match is_v6 {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !name.is_empty()
                    && name.split('.').all(|label| {
                        let is_inner =
                            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
                        !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-')
                    })
            }
        };
        if !is_valid {
            return Err(wrong());
        }
        let lower = text.to_ascii_lowercase();
        Ok(Self(match lower.as_str() {
            "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => {
                DOCKER_HUB.to_owned()
            }
            _ => lower,
        }))
    }

    /// `host[:port]` as references write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host without port or brackets.
    pub fn name(&self) -> &str {
        let name = split_port(&self.0).map_or(self.0.as_str(), |(name, _)| name);
        name.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, where one is written.
    pub fn port(&self) -> Option<u16> {
        split_port(&self.0)?.1?.parse().ok()
    }

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8` or `::1`.
    pub fn is_loopback(&self) -> bool {
        let name = self.name();
        name == "localhost"
            || name.ends_with(".localhost")
            || name
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `host[:port]` in two; brackets stay on the host.
fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    if text.starts_with('[') {
        let (address, rest) = text.split_once(']')?;
        let name = text.get(..=address.len())?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((name, Some(port))),
            None if rest.is_empty() => Some((name, None)),
            None => None,
        };
    }
    match text.split_once(':') {
        Some((name, port)) => Some((name, Some(port))),
        None => Some((text, None)),
    }
}

/// A repository in a registry, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryTarget {
    /// The registry.
    pub host: Host,
    /// The path, valid.
    pub path: String,
    /// The only tag wanted.
    pub tag: Option<String>,
    /// The only manifest wanted; where a tag is written too, the digest counts.
    pub digest: Option<Digest>,
}

impl RepositoryTarget {
    /// Reads a reference to an image as container engines do: Docker's short names, or a host in front.
    ///
    /// Errors: the text is none, or a registry without a repository.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        match parse_reference(text)? {
            Target::Repository(target) => Ok(target),
            _ => Err(TargetError::Repository(text.into())),
        }
    }
}

/// Why a text is no target. Each says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing was written.
    #[error("the target is empty: write a registry, a repository, oci:DIR, or demo")]
    Empty,
    /// The host is none.
    #[error("`{0}` is no registry host: write HOST or HOST:PORT, IPv6 addresses in brackets")]
    Host(RemoteText),
    /// The path is none.
    #[error(
        "`{0}` is no repository name: it has lower-case letters, digits, and . _ - / between them"
    )]
    Repository(RemoteText),
    /// The tag is none.
    #[error("`{0}` is no tag: letters, digits, _ . - and at most 128 of them")]
    Tag(RemoteText),
    /// The digest is none.
    #[error("`{0}` is no digest: {1}")]
    Digest(RemoteText, super::DigestError),
    /// A colon, and nothing after it.
    #[error("`{0}` ends in a colon: write a tag after it, or leave it out")]
    NoTag(RemoteText),
    /// An address for a browser.
    #[error(
        "`{0}` is a web address: leave `{1}` out (--plain-http reaches a registry without TLS)"
    )]
    WebAddress(RemoteText, &'static str),
    /// Another tool's kind of target.
    #[error("`{0}` is a target of other tools and is not read here: {1}")]
    Foreign(RemoteText, &'static str),
    /// A digest alone.
    #[error("`{0}` is a digest alone: write the repository too, as in HOST/NAME@{0}")]
    DigestAlone(RemoteText),
    /// A scheme without what it needs.
    #[error("`{0}` needs a path after the colon")]
    Path(RemoteText),
}

impl Target {
    /// Reads what a person wrote. Home folders (`~`) are expanded with `home`.
    ///
    /// Errors: the text is none of the forms in `docs/interface.md`. No file and no network is looked at.
    pub fn parse(text: &str, home: Option<&std::path::Path>) -> Result<Self, TargetError> {
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if text == "demo" {
            return Ok(Self::Demo);
        }
        let expand = |path: &str| -> Result<PathBuf, TargetError> {
            if path.is_empty() {
                return Err(TargetError::Path(text.into()));
            }
            Ok(match (path.strip_prefix('~'), home) {
                (Some(""), Some(home)) => home.to_owned(),
                (Some(rest), Some(home)) if rest.starts_with('/') => {
                    home.join(rest.trim_start_matches('/'))
                }
                _ => PathBuf::from(path),
            })
        };
        if let Some(scheme) = ["https://", "http://"]
            .into_iter()
            .find(|scheme| text.starts_with(scheme))
        {
            return Err(TargetError::WebAddress(text.into(), scheme));
        }
        // Helm's spelling of a reference; a layout's folder does not start with two slashes.
        if let Some(reference) = text.strip_prefix("oci://") {
            return parse_reference(reference);
        }
        if let Some(rest) = text.strip_prefix("oci:") {
            let (rest, digest) = split_digest(rest);
            let (folder, tag) = split_layout_tag(rest);
            return Ok(Self::Layout {
                folder: expand(folder)?,
                tag: tag.map(RemoteText::from),
                digest,
            });
        }
        if let Some(rest) = text.strip_prefix("oci-archive:") {
            return Ok(Self::OciArchive(expand(rest)?));
        }
        if let Some(rest) = text.strip_prefix("docker-archive:") {
            return Ok(Self::DockerArchive(expand(rest)?));
        }
        if let Some(rest) = text.strip_prefix("storage:") {
            return Ok(Self::Storage(expand(rest)?));
        }
        if let Some(rest) = text.strip_prefix("snapshot:") {
            return Ok(Self::Snapshot(expand(rest)?));
        }
        if let Some(why) = foreign_transport(text) {
            return Err(TargetError::Foreign(text.into(), why));
        }
        if is_digest(text) {
            return Err(TargetError::DigestAlone(text.into()));
        }
        if text.starts_with('/')
            || text.starts_with("./")
            || text.starts_with("../")
            || text.starts_with('~')
            || matches!(text, "." | "..")
        {
            return Ok(Self::Path(expand(text)?));
        }
        parse_reference(text)
    }
}

/// Whether a text is a digest, or the beginning of one as tools print it: no image is called so.
fn is_digest(text: &str) -> bool {
    const SHORTEST: usize = 7;
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        matches!(algorithm, "sha256" | "sha384" | "sha512")
            && hex.len() >= SHORTEST
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    }) || text.parse::<Digest>().is_ok()
}

/// What to write instead of a target that containers/image, containerd or Podman know and this program does not. A
/// transport's name before a colon is no host: a port is a number.
fn foreign_transport(text: &str) -> Option<&'static str> {
    let (scheme, rest) = text.split_once(':')?;
    let is_port = |rest: &str| {
        let port = rest.split('/').next().unwrap_or_default();
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    };
    match scheme {
        "containers-storage" => Some(
            "save the image to a file (podman save --format oci-archive -o FILE IMAGE) and write oci-archive:FILE",
        ),
        "docker-daemon" => Some(
            "save the image to a file (docker save -o FILE IMAGE) and write docker-archive:FILE",
        ),
        "dir" if !is_port(rest) => {
            Some("copy it to a layout (skopeo copy dir:DIR oci:DIR2) and write oci:DIR2")
        }
        "ostree" | "sif" | "tarball" | "atomic" | "containerd" | "k3d" | "registry" | "file"
        | "oci-layout" | "oci-dir" | "ocidir"
            if !is_port(rest) && !is_tag_of_a_short_name(scheme, rest) =>
        {
            Some(match scheme {
                "oci-layout" | "oci-dir" | "ocidir" => "write oci:DIR",
                "file" => "write the path alone, as in ./FILE",
                "registry" => "write HOST/NAME",
                _ => "copy it to a registry or to a layout first, and write oci:DIR",
            })
        }
        _ => None,
    }
}

/// Whether what follows the colon is the tag of an image of that name on Docker Hub (`registry:2`).
fn is_tag_of_a_short_name(scheme: &str, rest: &str) -> bool {
    matches!(
        scheme,
        "registry" | "file" | "containerd" | "k3d" | "tarball" | "sif" | "ostree" | "atomic"
    ) && is_valid_tag(rest)
}

/// `REST[@DIGEST]`; an at sign before anything else is part of the path.
fn split_digest(text: &str) -> (&str, Option<Digest>) {
    let split = text.rsplit_once('@');
    match split.and_then(|(rest, digest)| Some((rest, digest.parse().ok()?))) {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    }
}

/// `DIR[:TAG]`: the last colon splits, unless what follows has a slash (then it is part of the path).
fn split_layout_tag(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((folder, tag)) if !tag.contains('/') && !tag.is_empty() && !folder.is_empty() => {
            (folder, Some(tag))
        }
        _ => (text, None),
    }
}

fn parse_reference(text: &str) -> Result<Target, TargetError> {
    let text = text.strip_prefix("docker://").unwrap_or(text);
    let (first, rest) = text
        .split_once('/')
        .map_or((text, None), |(first, rest)| (first, Some(rest)));
    if first.parse::<std::net::Ipv6Addr>().is_ok() {
        return Err(TargetError::Host(first.into()));
    }
    match rest {
        Some("") if !first.contains('@') => Ok(Target::Registry(Host::parse(first)?)),
        None if is_host(first) => Ok(Target::Registry(Host::parse(first)?)),
        // A colon before the first slash can only be a port.
        Some(rest) if is_host(first) || first.contains(':') => {
            repository(Host::parse(first)?, rest)
        }
        _ => {
            let hub = Host(DOCKER_HUB.to_owned());
            repository(hub, text)
        }
    }
}

/// Whether the first part of a reference is a host rather than the start of a repository's path: it has a dot or
/// brackets, or is `localhost`, or (before a slash or alone) a name with such a port.
fn is_host(first: &str) -> bool {
    // A dot after a colon or an at sign is a version's: `alpine:3.20`.
    let name = if first.starts_with('[') {
        first
    } else {
        first.split([':', '@']).next().unwrap_or_default()
    };
    name.starts_with('[') || name.contains('.') || name.eq_ignore_ascii_case("localhost")
}

fn repository(host: Host, rest: &str) -> Result<Target, TargetError> {
    let (rest, digest) = match rest.split_once('@') {
        Some((rest, digest)) => {
            let parsed = digest
                .parse()
                .map_err(|error| TargetError::Digest(digest.into(), error))?;
            (rest, Some(parsed))
        }
        None => (rest, None),
    };
    let (path, tag) = match rest.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (rest, None),
    };
    if tag == Some("") {
        return Err(TargetError::NoTag(rest.into()));
    }
    let tag = tag.map(written_tag);
    let written = path;
    let path = match host.as_str() {
        DOCKER_HUB if !path.contains('/') => format!("library/{path}"),
        _ => path.to_owned(),
    };
    if !is_valid_repository(&path) {
        return Err(TargetError::Repository(written.into()));
    }
    if let Some(tag) = tag.as_ref().filter(|tag| !is_valid_tag(tag)) {
        return Err(TargetError::Tag(tag.as_str().into()));
    }
    Ok(Target::Repository(RepositoryTarget {
        host,
        path,
        tag,
        digest,
    }))
}

/// A tag as it is pushed that a person wrote: Helm writes versions with a plus, which no tag may have, and pushes them
/// with an underline in its place.
pub fn written_tag(text: &str) -> String {
    text.replace('+', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        match Target::parse(text, Some(std::path::Path::new("/home/me"))) {
            Ok(Target::Registry(host)) => format!("registry {host}"),
            Ok(Target::Repository(r)) => {
                let tag = r.tag.map(|t| format!(" tag {t}")).unwrap_or_default();
                let digest = r
                    .digest
                    .map(|d| format!(" digest {}", d.short()))
                    .unwrap_or_default();
                format!("{} {}{tag}{digest}", r.host, r.path)
            }
            Ok(other) => format!("{other:?}"),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn the_grammar_of_the_interface_holds() {
        let d = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        for (text, expected) in [
            ("127.0.0.1:5000", "registry 127.0.0.1:5000"),
            ("127.0.0.1:5000/", "registry 127.0.0.1:5000"),
            ("localhost", "registry localhost"),
            ("localhost:5000/app", "localhost:5000 app"),
            ("[::1]:5000", "registry [::1]:5000"),
            ("[::1]:5000/a/b:c", "[::1]:5000 a/b tag c"),
            ("myhost:5000/", "registry myhost:5000"),
            ("ghcr.io", "registry ghcr.io"),
            ("GHCR.io/team/app:1.2", "ghcr.io team/app tag 1.2"),
            ("ghcr.io:443/app", "ghcr.io:443 app"),
            ("registry:5000/app:1", "registry:5000 app tag 1"),
            ("alpine", "docker.io library/alpine"),
            ("alpine:3.20", "docker.io library/alpine tag 3.20"),
            ("node:22", "docker.io library/node tag 22"),
            ("team/app:1", "docker.io team/app tag 1"),
            ("index.docker.io/library/node", "docker.io library/node"),
            ("docker.io/node", "docker.io library/node"),
            ("oci://ghcr.io/charts/app:1", "ghcr.io charts/app tag 1"),
            (
                "oci://ghcr.io/charts/app:1.0.0+up1",
                "ghcr.io charts/app tag 1.0.0_up1",
            ),
            ("registry:2", "docker.io library/registry tag 2"),
            ("dir:5000/app", "dir:5000 app"),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
        let short = "sha256:44136fa355b3";
        assert_eq!(
            written(&format!("ghcr.io/a:1@{d}")),
            format!("ghcr.io a tag 1 digest {short}")
        );
        assert_eq!(
            written(&format!("alpine@{d}")),
            format!("docker.io library/alpine digest {short}")
        );
    }

    #[test]
    fn paths_and_schemes_are_local() {
        let parse =
            |text: &str| Target::parse(text, Some(std::path::Path::new("/home/me"))).unwrap();
        assert_eq!(
            parse("oci:a/b"),
            Target::Layout {
                folder: "a/b".into(),
                tag: None,
                digest: None,
            }
        );
        assert_eq!(
            parse("oci:/a:v1"),
            Target::Layout {
                folder: "/a".into(),
                tag: Some("v1".into()),
                digest: None,
            }
        );
        assert_eq!(
            parse("oci:./x:y/z"),
            Target::Layout {
                folder: "./x:y/z".into(),
                tag: None,
                digest: None,
            }
        );
        let digest = Digest::of(b"");
        assert_eq!(
            parse(&format!("oci:a@b@{digest}")),
            Target::Layout {
                folder: "a@b".into(),
                tag: None,
                digest: Some(digest),
            }
        );
        assert_eq!(parse("~/x"), Target::Path("/home/me/x".into()));
        assert_eq!(parse("storage:/var"), Target::Storage("/var".into()));
        assert_eq!(parse("demo"), Target::Demo);
    }

    #[test]
    fn an_error_shows_what_was_written_and_what_to_write() {
        for (text, words) in [
            ("https://ghcr.io/a", "leave `https://` out"),
            ("http://127.0.0.1:5000", "leave `http://` out"),
            ("::1", "`::1` is no registry host"),
            ("::1", "in brackets"),
            ("a b", "`a b` is no repository name"),
            ("Alpine", "`Alpine` is no repository name"),
            ("127.0.0.1:5000/a:", "`a:` ends in a colon"),
            ("alpine:", "`alpine:` ends in a colon"),
            ("containers-storage:alpine", "podman save"),
            ("docker-daemon:alpine:3", "docker save"),
            ("dir:/tmp/x", "oci:DIR2"),
            ("ocidir://x", "write oci:DIR"),
            (
                "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
                "a digest alone",
            ),
            ("sha256:44136fa355b3", "a digest alone"),
        ] {
            let error = Target::parse(text, None).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_no_target_says_why() {
        for text in [
            "",
            "oci:",
            "ghcr.io/App",
            "ghcr.io/a/../b",
            "ghcr.io/a:b c",
            "ghcr.io/a@sha256:12",
            "[::1/x",
            "host:99999/",
            "1.2.3.4:port/app",
            "ghcr.io//a",
            "Alpine",
        ] {
            assert!(Target::parse(text, None).is_err(), "{text}");
        }
    }
}
