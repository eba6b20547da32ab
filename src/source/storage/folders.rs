//! A folder of OCI layouts, one a repository, as zot and olareg keep them.

use std::path::{Path, PathBuf};

use crate::source::Limits;
use crate::source::layout::{INDEX, MARK};
use crate::source::local::files::Root;

use super::walk::{Found, LINKED, Walk};

/// A folder that holds layouts, at any depth: `a` and `a/b` may both be repositories.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    pub(crate) root: Root,
}

/// Folders in which a registry keeps what is no repository.
const HIDDEN: [char; 2] = ['.', '_'];

impl Folders {
    /// The layouts' folders in `root`, if there is a repository among its first `visits` folders.
    pub(crate) fn find(root: &Root, limits: &Limits, visits: usize) -> Option<Self> {
        let folders = Self { root: root.clone() };
        let mut walk = Walk::new(limits, visits);
        walk.wanted = 1;
        folders.walk("", 0, &mut walk);
        (!walk.found.items.is_empty()).then_some(folders)
    }

    /// Whether the folder is a repository: it has `oci-layout`, or the rows and the blobs of one.
    fn is_repository(&self, folder: &Path) -> bool {
        self.root.has_file(&folder.join(MARK))
            || (self.root.has_file(&folder.join(INDEX))
                && self.root.has_folder(&folder.join("blobs")))
    }

    /// The folder of a repository; absent where there is none of this name.
    pub(crate) fn repository(&self, name: &str) -> Option<PathBuf> {
        let is_part = |part: &str| {
            !part.is_empty() && !part.starts_with(HIDDEN) && !part.contains(['\0', '\\'])
        };
        let is_name = name.is_empty() || name.split('/').all(is_part);
        (is_name && self.is_repository(Path::new(name))).then(|| PathBuf::from(name))
    }

    /// The names of all repositories, by path component; the folder itself is the repository with the empty name.
    pub(crate) fn repositories(&self, limits: &Limits) -> Found<String> {
        let mut walk = Walk::new(limits, limits.list_entries);
        self.walk("", 0, &mut walk);
        walk.found
    }

    fn walk(&self, name: &str, depth: usize, walk: &mut Walk<'_>) {
        let folder = PathBuf::from(name);
        let Some(entries) = walk.enter(&self.root, &folder, depth) else {
            return;
        };
        let is_repository = self.is_repository(&folder);
        if is_repository {
            walk.found.items.push(name.to_owned());
        }
        for entry in entries {
            let Some(inner) = entry.name else {
                walk.problem(&folder, "a name in it is no Unicode");
                continue;
            };
            let inner_name = match name {
                "" => inner.clone(),
                outer => format!("{outer}/{inner}"),
            };
            // A repository may itself be called `blobs`; the blobs of this one are no folders of repositories.
            let is_blobs = is_repository && inner == "blobs";
            if inner.starts_with(HIDDEN)
                || (is_blobs && !self.is_repository(Path::new(&inner_name)))
            {
                continue;
            }
            if entry.is_folder {
                self.walk(&inner_name, depth + 1, walk);
            } else if entry.is_link && self.root.has_folder(Path::new(&inner_name)) {
                walk.problem(Path::new(&inner_name), LINKED);
            }
        }
    }

    /// How many uploads the repository at `folder` has that were not finished: zot keeps them in `.uploads`, olareg
    /// in `_uploads`.
    pub(crate) fn uploads(&self, folder: &Path) -> usize {
        let count = |inner: &str| self.root.names(&folder.join(inner));
        [".uploads", "_uploads"]
            .iter()
            .filter_map(|inner| count(inner).ok())
            .map(|names| names.names.len() + names.unreadable)
            .sum()
    }
}
