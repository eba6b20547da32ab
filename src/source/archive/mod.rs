//! Images in one tar file, plain, gzip, zstd or xz: a layout that was packed, or what `docker save` writes.
//!
//! The file is read once, from front to end, when it is opened. What may be a manifest, a config or a document is kept
//! in memory within a bound; of layers only the size is known.

pub(crate) mod compression;
mod docker;
mod gauge;
mod memory;
mod unpacked;

use std::path::Path;
use std::sync::Arc;

use crate::oci::{Absence, Origin, OriginKind, Question, RemoteText, Repository};
use crate::source::layout::repository::{LayoutRepository, Scope};
use crate::source::layout::{INDEX, MARK, OneRepository, check_version, parse_index};
use crate::source::local::error::OpenError;
use crate::source::local::run;
use crate::source::{Answers, BoxFuture, Limits, Locality, Source};

use memory::Memory;
use unpacked::{DOCKER_INDEX, Unpacked};

/// How an archive was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveKind {
    /// `oci-archive:FILE`: it must have a layout inside.
    Oci,
    /// `docker-archive:FILE`: a layout inside is read, as newer Docker writes both; else `manifest.json`.
    Docker,
    /// A path: whichever of the two it has inside.
    Either,
}

/// An archive. Its origin is `oci-archive:FILE` or `docker-archive:FILE`, and its only repository has an empty path.
pub struct Archive {
    one: Arc<OneRepository>,
}

impl Archive {
    /// Opens the archive at `file`. Blocks: reads all of it, within `limits` and at most 256 MB of memory.
    ///
    /// Errors: not there, not readable, no tar file, cut short, over a limit, or without images inside.
    pub fn open(file: &Path, kind: ArchiveKind, limits: &Limits) -> Result<Self, OpenError> {
        let unpacked = Unpacked::read(file, limits)?;
        let has_layout = unpacked.file(MARK).is_some();
        let opened = if has_layout {
            open_layout(&unpacked, limits).map(|(rows, content)| (rows, content, false))
        } else if kind == ArchiveKind::Oci {
            Err(missing_layout(&unpacked))
        } else if unpacked.file(DOCKER_INDEX).is_some() {
            docker::as_layout(&unpacked, limits).map(|(rows, content)| (rows, content, true))
        } else {
            Err(missing_both(&unpacked))
        };
        let (rows, content, is_made) = opened.map_err(|what| OpenError::unlike(file, what))?;
        let is_docker = kind == ArchiveKind::Docker || (kind == ArchiveKind::Either && !has_layout);
        let scheme = if is_docker {
            "docker-archive"
        } else {
            "oci-archive"
        };
        let origin = Origin::new(&format!("{scheme}:{}", file.display()));
        let repository = Repository::new(&origin, "");
        let repository = LayoutRepository::new(
            repository,
            rows,
            Arc::new(content),
            Scope::EveryBlob,
            limits,
        );
        let repository = if is_made {
            repository.noting(docker::note())
        } else {
            repository
        };
        Ok(Self {
            one: Arc::new(OneRepository { origin, repository }),
        })
    }
}

impl Archive {
    /// The tag that `name` is in it: a tag, or a full name as Docker's `save` gives one, with or without its registry.
    pub fn tag_of(&self, name: &RemoteText) -> Option<RemoteText> {
        self.one.repository.tag_of(name)
    }
}

impl Source for Archive {
    fn origin(&self) -> &Origin {
        &self.one.origin
    }

    fn kind(&self) -> OriginKind {
        OriginKind::Archive
    }

    fn locality(&self) -> Locality {
        Locality::Local
    }

    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()> {
        run::ask(&self.one, question, answers)
    }
}

/// The layout in an archive. Errors: a fragment that follows the archive's path.
fn open_layout(
    unpacked: &Unpacked,
    limits: &Limits,
) -> Result<(crate::source::layout::Rows, Memory), String> {
    check_version(unpacked.content(MARK)?)?;
    let broken = |absence: Absence| format!("is a broken archive: {}", absence.reason.as_str());
    let rows = parse_index(unpacked.content(INDEX)?).map_err(broken)?;
    let mut memory = Memory::of_layout(unpacked);
    // Docker writes its own list beside the layout, and some of its versions put only a part into the layout.
    let rows = docker::with_unlisted(unpacked, rows, &mut memory, limits).map_err(broken)?;
    Ok((rows, memory))
}

fn missing_layout(unpacked: &Unpacked) -> String {
    let next = if unpacked.file(DOCKER_INDEX).is_some() {
        "it is what docker save writes: write docker-archive:FILE"
    } else {
        "name an archive of an OCI layout"
    };
    format!("has no file `{MARK}` at its root; {next}")
}

fn missing_both(unpacked: &Unpacked) -> String {
    let next = if unpacked.file("repositories").is_some() {
        "it is of a very old Docker: load and save it again with a newer one"
    } else if unpacked
        .files
        .keys()
        .any(|name| name.ends_with("/oci-layout"))
    {
        "it has a layout in a folder inside: unpack it and name that folder"
    } else {
        "name an archive of an OCI layout, or one that docker save wrote"
    };
    format!("has neither `{MARK}` nor `{DOCKER_INDEX}` at its root; {next}")
}

#[cfg(test)]
mod tests;
