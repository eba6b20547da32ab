//! The built-in example registry: what `regscope demo` opens, with no network and no set-up.
//!
//! It behaves as a registry does, with one liberty: it also lists what its repositories hold without a tag
//! ([`Question::contents`]), which a real registry keeps to itself, so that the screen has untagged manifests to
//! show. It carries no layers, since nobody downloads them here: they exist as descriptors.
//!
//! What is in it and why is told in `assets/README.md`; `examples/demo_registry` makes it.

mod archive;

use std::sync::Arc;

use crate::oci::OriginKind;
use crate::oci::{
    Absence, AbsenceKind, Address, Answer, Asked, Descriptor, Digest, FoundBy, ImageConfig,
    Manifest, Origin, Page, Question, RemoteText, Repository, tag,
};

use super::{Answers, BoxFuture, Locality, Source};
use archive::{Archive, HeldManifest, RepositoryContents};

pub use archive::DemoError;

/// The example's archive as it is in the program.
const ARCHIVE: &[u8] = include_bytes!("../../assets/demo.tar.gz");

/// The host that the example stands for. Its own documents name each other by it (base images, charts, SBOMs), so that
/// those names lead somewhere; the domain is reserved (RFC 2606), so that no real registry can have it.
pub const ORIGIN: &str = "registry.example.com";

/// The built-in example registry.
pub struct Demo {
    origin: Origin,
    archive: Archive,
}

impl Demo {
    /// Unpacks the example. Cost: one decompression of some hundred kilobytes; documents are parsed when they are
    /// asked for.
    ///
    /// Errors: the archive in the program is damaged.
    pub fn open() -> Result<Self, DemoError> {
        Self::from_archive(ARCHIVE)
    }

    /// Unpacks an example from the bytes of its archive.
    pub fn from_archive(packed: &[u8]) -> Result<Self, DemoError> {
        Ok(Self {
            origin: Origin::new(ORIGIN),
            archive: Archive::unpack(packed)?,
        })
    }

    fn answer(&self, question: &Question) -> Result<Vec<Answer>, Absence> {
        if *question.origin() != self.origin {
            return Err(missing(format!("the example is not {}", question.origin())));
        }
        match (&question.at, question.what) {
            (Address::Registry(origin), Asked::Catalog) => Ok(vec![Answer::catalog(
                origin.clone(),
                Page::whole(self.archive.paths().map(RemoteText::from).collect()),
                FoundBy::Catalog,
            )]),
            (Address::Repository(repository), Asked::Tags) => {
                let names = self.contents(repository)?.tags.keys();
                Ok(vec![Answer::tags(
                    repository.clone(),
                    Page::whole(names.map(|name| name.as_str().into()).collect()),
                    FoundBy::TagsList,
                )])
            }
            (Address::Repository(repository), Asked::Contents) => {
                let held = &self.contents(repository)?.manifests;
                Ok(vec![Answer::contents(
                    repository.clone(),
                    held.iter().map(HeldManifest::as_descriptor).collect(),
                    Vec::new(),
                )])
            }
            (Address::Tag(repository, name), Asked::Target | Asked::TargetDigest) => {
                self.resolve(repository, name)
            }
            (Address::Object(repository, digest), Asked::Manifest) => {
                let contents = self.contents(repository)?;
                Ok(self.read_manifest(repository, contents, digest))
            }
            (Address::Object(repository, digest), Asked::Config) => {
                let config = ImageConfig::parse(self.blob(repository, digest)?)
                    .map_err(|error| Absence::new(AbsenceKind::Invalid, error.to_string()))?;
                Ok(vec![Answer::config(
                    repository.clone(),
                    *digest,
                    Arc::new(config),
                )])
            }
            (Address::Object(repository, digest), Asked::Document) => Ok(vec![Answer::document(
                repository.clone(),
                *digest,
                self.blob(repository, digest)?,
            )]),
            (Address::Object(repository, subject), Asked::Referrers) => {
                self.referrers(question, repository, subject)
            }
            _ => Err(Absence::no_such_question()),
        }
    }

    fn contents(&self, repository: &Repository) -> Result<&RepositoryContents, Absence> {
        self.archive
            .contents(repository.path.as_str())
            .ok_or_else(|| missing(format!("there is no repository {}", repository.path)))
    }

    fn resolve(&self, repository: &Repository, name: &RemoteText) -> Result<Vec<Answer>, Absence> {
        let contents = self.contents(repository)?;
        let held = contents
            .tags
            .get(name.as_str())
            .and_then(|digest| contents.manifest(digest))
            .ok_or_else(|| missing(format!("there is no tag {name} in {}", repository.path)))?;
        let resolved = Answer::target(
            repository.clone(),
            name.clone(),
            held.as_descriptor(),
            FoundBy::Tag,
        );
        let read = self.read_manifest(repository, contents, &held.digest);
        Ok(std::iter::once(resolved).chain(read).collect())
    }

    /// The manifest with this digest; of one that is there and is none, its bytes and then why.
    fn read_manifest(
        &self,
        repository: &Repository,
        contents: &RepositoryContents,
        digest: &Digest,
    ) -> Vec<Answer> {
        let absence = match self.manifest(repository, contents, digest) {
            Ok(manifest) => {
                return vec![Answer::manifest(repository.clone(), Arc::new(manifest))];
            }
            Err(absence) => absence,
        };
        // What another repository has is nothing of this one.
        let is_there = absence.kind == AbsenceKind::Invalid;
        let bytes = self.read(digest).ok().filter(|_| is_there);
        let bytes = bytes.map(|bytes| Answer::bytes(repository.clone(), *digest, bytes));
        let failed = Answer::failed(
            Question::manifest(repository.clone(), *digest),
            None,
            absence,
        );
        bytes.into_iter().chain([failed]).collect()
    }

    fn manifest(
        &self,
        repository: &Repository,
        contents: &RepositoryContents,
        digest: &Digest,
    ) -> Result<Manifest, Absence> {
        let held = contents.manifest(digest).ok_or_else(|| {
            missing(format!(
                "there is no manifest {} in {}",
                digest.short(),
                repository.path
            ))
        })?;
        self.parse(digest, &held.media_type)
    }

    /// The bytes with this digest, hashed before they are believed.
    fn read(&self, digest: &Digest) -> Result<Arc<[u8]>, Absence> {
        let bytes = self
            .archive
            .content(digest)
            .ok_or_else(|| missing("the example does not have these bytes"))?;
        if digest.matches(bytes) {
            return Ok(bytes.into());
        }
        let arrived = Digest::of_with(digest.algorithm(), bytes).short();
        let reason = format!("{} bytes arrived whose digest is {arrived}", bytes.len());
        Err(Absence::new(AbsenceKind::Invalid, reason))
    }

    fn parse(&self, digest: &Digest, media_type: &str) -> Result<Manifest, Absence> {
        Manifest::parse(*digest, self.read(digest)?, media_type)
            .map_err(|error| Absence::new(AbsenceKind::Invalid, error.to_string()))
    }

    fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Arc<[u8]>, Absence> {
        let contents = self.contents(repository)?;
        if contents.blobs.contains(digest) {
            return self.read(digest);
        }
        if self.is_layer(contents, digest) {
            // Not "missing": the registry that this stands for would have it.
            return Err(Absence::new(
                AbsenceKind::Unsupported,
                "the example carries no layers, only what names them",
            ));
        }
        Err(missing(format!(
            "there is no blob {} in {}",
            digest.short(),
            repository.path
        )))
    }

    /// Whether a manifest of the repository names this blob as a layer. Cost: parses the repository's manifests, which
    /// is for the rare question only.
    fn is_layer(&self, contents: &RepositoryContents, digest: &Digest) -> bool {
        contents
            .manifests
            .iter()
            .filter_map(|held| self.parse(&held.digest, &held.media_type).ok())
            .any(|manifest| manifest.layers.iter().any(|layer| layer.digest == *digest))
    }

    fn referrers(
        &self,
        question: &Question,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Vec<Answer>, Absence> {
        let contents = self.contents(repository)?;
        let listed = |entries: Vec<Descriptor>, by| {
            Answer::referrers(repository.clone(), *subject, Page::whole(entries), by)
        };
        if let Some(lists) = &contents.referrers {
            let entries = self.entries(lists.get(subject))?;
            return Ok(vec![listed(entries, FoundBy::ReferrersApi)]);
        }
        let no_api = Answer::failed(
            question.clone(),
            Some(FoundBy::ReferrersApi),
            Absence::new(
                AbsenceKind::Unsupported,
                "this repository is served without a referrers API (404)",
            ),
        );
        let fallback = match self.entries(contents.tags.get(&tag::fallback_tag(subject))) {
            Ok(entries) => listed(entries, FoundBy::FallbackTag),
            Err(absence) => Answer::failed(question.clone(), Some(FoundBy::FallbackTag), absence),
        };
        Ok(vec![no_api, fallback])
    }

    /// The entries of a list of referrers, which is an index; without one there are none.
    fn entries(&self, list: Option<&Digest>) -> Result<Vec<Descriptor>, Absence> {
        list.map_or(Ok(Vec::new()), |digest| {
            Ok(self.parse(digest, "")?.manifests.into_iter().collect())
        })
    }
}

impl Source for Demo {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn kind(&self) -> OriginKind {
        OriginKind::Demo
    }

    fn locality(&self) -> Locality {
        Locality::Local
    }

    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            match self.answer(question) {
                Ok(given) => {
                    for answer in given {
                        answers.give(answer).await;
                    }
                }
                Err(absence) => answers.fail(question, absence).await,
            }
        })
    }
}

fn missing(reason: impl Into<RemoteText>) -> Absence {
    Absence::new(AbsenceKind::Missing, reason)
}
