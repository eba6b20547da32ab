//! From what a person wrote to a source and a root.

use crate::oci::target::{Host, RepositoryTarget};
use crate::oci::{Address, Digest, Origin, OriginKind, RemoteText, Repository, Target};
use crate::source::archive::{Archive, ArchiveKind};
use crate::source::cache::{Cache, Cached, Offline};
use crate::source::demo::Demo;
use crate::source::layout::Layout;
use crate::source::local::{self, Kind, recognise};
use crate::source::registry::{
    Concurrency, CredentialSource, Registry, RequestBudget, RequestLog, Settings, TlsSettings,
};
use crate::source::storage::Storage;
use crate::source::{Limits, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::place;
use super::recent::lasting;

/// How registries are reached; the same for every target.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Where credentials are looked for.
    pub credentials: CredentialSource,
    /// TLS or not, and whom to trust.
    pub tls: TlsSettings,
    /// How many requests at once.
    pub concurrency: Concurrency,
    /// Where requests are noted.
    pub log: Arc<RequestLog>,
    /// How many requests may be sent in all.
    pub budget: RequestBudget,
    /// What is kept between runs, if anything.
    pub cache: Option<Cache>,
    /// Whether registries are not asked at all.
    pub is_offline: bool,
}

/// A target that can be asked.
pub struct Opened {
    /// Who answers.
    pub source: Arc<dyn Source>,
    /// Where to begin.
    pub root: Address,
    /// The target as written.
    pub title: String,
    /// What to write to open it again, from wherever; none where that goes without saying.
    pub lasting: Option<String>,
}

impl Opened {
    /// A source that is on this machine: what it says is read anew each time, at no cost.
    fn here(source: impl Source + 'static, root: Address, title: String) -> Self {
        Self {
            source: Arc::new(source),
            root,
            title,
            lasting: None,
        }
    }

    /// A source that is a registry.
    fn there(source: Arc<dyn Source>, root: Address, title: String) -> Self {
        Self {
            source,
            root,
            title,
            lasting: None,
        }
    }

    /// What kind of place it is. Of registries alone what is found out is worth remembering.
    pub fn kind(&self) -> OriginKind {
        self.source.kind()
    }
}

/// Why a target cannot be opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What was written is no target.
    #[error(transparent)]
    Target(#[from] crate::oci::TargetError),
    /// A local source is not what it should be.
    #[error(transparent)]
    Local(#[from] local::OpenError),
    /// A registry cannot be set up.
    #[error(transparent)]
    Registry(#[from] crate::source::registry::SetupError),
    /// The built-in example is damaged.
    #[error("the built-in example is damaged ({0}); install regscope again")]
    Demo(String),
    /// Not this kind of target, here.
    #[error("{0}")]
    Kind(String),
}

impl OpenError {
    /// Whether the words on the command line are wrong, rather than what they name.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Target(_) | Self::Kind(_))
    }
}

/// Opens `written`. Files are looked at; nothing is sent.
pub fn open(written: &str, network: &Network, limits: &Limits) -> Result<Opened, OpenError> {
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    let target = Target::parse(written, home.as_deref())?;
    if matches!(target, Target::Registry(_) | Target::Repository(_)) && place::is_here(written) {
        return Err(OpenError::Kind(format!(
            "`{written}` is something in this folder: write ./{written} for it, or docker://{written} for what a registry has of that name"
        )));
    }
    let mut opened = open_target(&target, written, network, limits)?;
    opened.lasting = lasting(written, &target);
    Ok(opened)
}

fn open_target(
    target: &Target,
    written: &str,
    network: &Network,
    limits: &Limits,
) -> Result<Opened, OpenError> {
    let title = written.to_owned();
    Ok(match target {
        Target::Demo => {
            let source = Demo::open().map_err(|error| OpenError::Demo(error.to_string()))?;
            let root = Address::Registry(source.origin().clone());
            Opened::here(source, root, title)
        }
        Target::Registry(host) => {
            let source = registry(host, network, limits)?;
            let root = Address::Registry(Origin::new(host.as_str()));
            Opened::there(source, root, title)
        }
        Target::Repository(target) => {
            let source = registry(&target.host, network, limits)?;
            Opened::there(source, root_of(target), title)
        }
        Target::Layout {
            folder,
            tag,
            digest,
        } => layout(folder.clone(), tag.clone(), *digest, title, limits)?,
        Target::Path(path) => match recognise(path, limits) {
            Ok(Kind::Layout) => layout(path.clone(), None, None, title, limits)?,
            Ok(Kind::Archive) => archive(path, ArchiveKind::Either, title, limits)?,
            Err(error) => match place::in_layout(path) {
                Some(place) => layout(place.folder, place.tag, place.digest, title, limits)?,
                None if place::in_file(path).is_inside() => {
                    archive(path, ArchiveKind::Either, title, limits)?
                }
                None => return Err(error.into()),
            },
        },
        Target::OciArchive(path) => archive(path, ArchiveKind::Oci, title, limits)?,
        Target::DockerArchive(path) => archive(path, ArchiveKind::Docker, title, limits)?,
        Target::Storage(path) => {
            let source = Storage::open(path, limits)?;
            let root = Address::Registry(source.origin().clone());
            Opened::here(source, root, title)
        }
        Target::Snapshot(path) => {
            let path = path.display();
            return Err(OpenError::Kind(format!(
                "snapshot:{path} cannot be read: this version saves no snapshots"
            )));
        }
    })
}

fn archive(
    path: &Path,
    kind: ArchiveKind,
    title: String,
    limits: &Limits,
) -> Result<Opened, OpenError> {
    let place = place::in_file(path);
    let source = Archive::open(&place.file, kind, limits)?;
    let repository = Repository::new(source.origin(), "");
    let root = match (place.digest, place.tag) {
        (Some(digest), _) => Address::Object(repository, digest),
        (None, Some(name)) => {
            let tag = source.tag_of(&name).unwrap_or(name);
            Address::Tag(repository, tag)
        }
        (None, None) => Address::Repository(repository),
    };
    Ok(Opened::here(source, root, title))
}

/// The registry at a host, or what is remembered of it. Nothing is sent.
pub(super) fn registry(
    host: &Host,
    network: &Network,
    limits: &Limits,
) -> Result<Arc<dyn Source>, OpenError> {
    if network.is_offline {
        return Ok(Arc::new(Offline::new(
            Origin::new(host.as_str()),
            network.cache.clone(),
            limits.clone(),
        )));
    }
    let settings = Settings {
        limits: limits.clone(),
        credentials: network.credentials.clone(),
        tls: network.tls.clone(),
        concurrency: network.concurrency,
        log: network.log.clone(),
        budget: network.budget.clone(),
        ..Settings::new(host.clone())
    };
    let registry = Arc::new(Registry::new(settings)?);
    Ok(match &network.cache {
        Some(cache) => Arc::new(Cached::new(registry, cache.clone(), limits.clone())),
        None => registry,
    })
}

fn root_of(target: &RepositoryTarget) -> Address {
    let repository = Repository::new(&Origin::new(target.host.as_str()), target.path.as_str());
    match (&target.digest, &target.tag) {
        (Some(digest), _) => Address::Object(repository, *digest),
        (None, Some(tag)) => Address::Tag(repository, tag.as_str().into()),
        (None, None) => Address::Repository(repository),
    }
}

fn layout(
    folder: PathBuf,
    tag: Option<RemoteText>,
    digest: Option<Digest>,
    title: String,
    limits: &Limits,
) -> Result<Opened, OpenError> {
    let (folder, tag) = place::folder_and_tag(folder, tag);
    let source = Layout::open(&folder, limits)?;
    let repository = Repository::new(source.origin(), "");
    let root = match (digest, tag) {
        (Some(digest), _) => Address::Object(repository, digest),
        (None, Some(tag)) => Address::Tag(repository, tag),
        (None, None) => Address::Repository(repository),
    };
    Ok(Opened::here(source, root, title))
}
