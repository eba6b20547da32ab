//! A registry's own storage, offline and read-only: distribution's tree, or a folder of layouts as zot and olareg keep
//! them. The only view in which nothing is hidden: untagged manifests, blobs that nothing names, links without data.
//!
//! As a [`Source`] it answers what its registry would, and besides what each repository holds. [`StorageView`] is all
//! of it at once, as plain data.

mod folders;
mod linked;
mod tree;
pub mod view;
mod walk;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::oci::OriginKind;
use crate::oci::{Absence, AbsenceKind, Answer, FoundBy, Origin, Question, RemoteText, Repository};
use crate::source::layout::repository::{LayoutRepository, Scope};
use crate::source::layout::{load, open_repository};
use crate::source::local::error::OpenError;
use crate::source::local::files::Root;
use crate::source::local::reply;
use crate::source::local::run::{self, Blocking};
use crate::source::local::scan::Stop;
use crate::source::{Answers, BoxFuture, Limits, Locality, Source};

use folders::Folders;
use linked::Linked;
use tree::Tree;

pub use view::{
    LayoutWriter, LinkDamage, RepositoryView, Revision, StorageKind, StorageView, TagView,
};

/// How many folders are looked at to tell a person that a path is a storage: it may be their home folder.
const GLANCES: usize = 1000;

/// Whether `folder` looks like a registry's own storage, after a look at no more than some folders of it.
pub(crate) fn looks_like_storage(folder: &Path, limits: &Limits) -> bool {
    let root = Root::open(folder);
    Tree::find(folder).is_some()
        || root.is_ok_and(|root| Folders::find(&root, limits, GLANCES).is_some())
}

/// A registry's own storage. Its origin is `storage:DIR`.
pub struct Storage {
    store: Arc<Store>,
}

impl Storage {
    /// Opens the storage in `folder`: a registry's root folder, or distribution's `docker/registry/v2` itself. Blocks:
    /// looks for a tree, and walks folders until it has found layouts.
    ///
    /// Errors: the folder is not there, may not be read, or holds neither.
    pub fn open(folder: &Path, limits: &Limits) -> Result<Self, OpenError> {
        let hint = "name the folder that the registry stores in";
        let root = Root::open(folder).map_err(|error| OpenError::of_file(folder, &error, hint))?;
        let kind = match Tree::find(folder) {
            Some(tree) => Kind::Tree(tree),
            None => Kind::Folders(Folders::find(&root, limits, limits.list_entries).ok_or_else(|| {
                OpenError::unlike(
                    folder,
                    format!(
                        "is no registry's storage: it has neither docker/registry/v2/repositories nor a folder with \
                        an `oci-layout`; {hint}"
                    ),
                )
            })?),
        };
        Ok(Self {
            store: Arc::new(Store {
                origin: Origin::new(&format!("storage:{}", folder.display())),
                kind,
                limits: limits.clone(),
                repositories: Mutex::default(),
            }),
        })
    }

    /// Answers one question on this thread. Blocks.
    pub fn answer(&self, question: &Question) -> Vec<Answer> {
        self.store.answer(question, &Stop::default())
    }

    /// Reads all of the storage. Blocks.
    ///
    /// Cost: a look at every file; reads, hashes and parses every blob that starts like JSON and is within
    /// `limits.manifest_bytes`. Whatever cannot be read is in the view's problems.
    pub fn view(&self) -> StorageView {
        match &self.store.kind {
            Kind::Tree(tree) => view::of_tree(tree, &self.store.limits),
            Kind::Folders(folders) => view::of_folders(folders, &self.store.limits),
        }
    }
}

impl Source for Storage {
    fn origin(&self) -> &Origin {
        &self.store.origin
    }

    fn kind(&self) -> OriginKind {
        OriginKind::Storage
    }

    fn locality(&self) -> Locality {
        Locality::Local
    }

    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()> {
        run::ask(&self.store, question, answers)
    }
}

enum Kind {
    Tree(Tree),
    Folders(Folders),
}

/// One repository of a storage.
trait StoredRepository: Send + Sync {
    fn answer(&self, question: &Question, stop: &Stop) -> Vec<Answer>;
}

impl StoredRepository for LayoutRepository {
    fn answer(&self, question: &Question, stop: &Stop) -> Vec<Answer> {
        Self::answer(self, question, stop)
    }
}

struct Store {
    origin: Origin,
    kind: Kind,
    limits: Limits,
    /// The repositories that were asked about, with what was scanned of them.
    repositories: Mutex<HashMap<RemoteText, Arc<dyn StoredRepository>>>,
}

impl Store {
    fn catalog(&self, question: &Question) -> Vec<Answer> {
        let found = match &self.kind {
            Kind::Tree(tree) => tree.repositories(&self.limits),
            Kind::Folders(folders) => folders.repositories(&self.limits),
        };
        let names = found.items.into_iter().map(RemoteText::from).collect();
        let gap = found.problems.into_iter().next();
        let (page, gap) = reply::names_page(names, gap, &self.limits);
        let listed = Answer::catalog(self.origin.clone(), page, FoundBy::StorageLink);
        let gap = gap.map(|absence| reply::failed(question.clone(), absence));
        std::iter::once(listed).chain(gap).collect()
    }

    /// The repository with this path, opened once.
    fn stored(&self, path: &RemoteText) -> Result<Arc<dyn StoredRepository>, Absence> {
        let known = self.repositories.lock();
        let known = known
            .unwrap_or_else(PoisonError::into_inner)
            .get(path)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let opened = self.open(path)?;
        let mut known = self
            .repositories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(path.clone()).or_insert(opened)))
    }

    fn open(&self, path: &RemoteText) -> Result<Arc<dyn StoredRepository>, Absence> {
        let there = |folder: Option<PathBuf>| {
            let reason = "there is no such repository in the storage";
            folder.ok_or_else(|| Absence::new(AbsenceKind::Missing, reason))
        };
        let limits = &self.limits;
        match &self.kind {
            Kind::Tree(tree) => {
                let folder = there(tree.repository(path.as_str()))?;
                let repository = Repository::new(&self.origin, path.clone());
                Ok(Arc::new(Linked::new(
                    repository,
                    tree.clone(),
                    folder,
                    limits,
                )))
            }
            Kind::Folders(folders) => {
                let folder = there(folders.repository(path.as_str()))?;
                let (root, name) = (folders.root.clone(), path.as_str());
                let rows = load(&root, &folder, limits)?;
                let opened = open_repository(
                    &self.origin,
                    name,
                    root,
                    &folder,
                    rows,
                    Scope::Reachable,
                    limits,
                );
                Ok(Arc::new(opened))
            }
        }
    }
}

impl Blocking for Store {
    fn answer(&self, question: &Question, stop: &Stop) -> Vec<Answer> {
        if *question.origin() != self.origin {
            return reply::no_repository(question);
        }
        let Some(repository) = question.repository() else {
            return self.catalog(question);
        };
        match self.stored(&repository.path) {
            Ok(repository) => repository.answer(question, stop),
            Err(absence) => vec![reply::failed(question.clone(), absence)],
        }
    }
}

#[cfg(test)]
mod tests;
