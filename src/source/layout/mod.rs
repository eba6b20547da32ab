//! OCI image layouts (image-spec, `image-layout.md`): a folder that is one repository.
//!
//! ```text
//! oci-layout                  {"imageLayoutVersion":"1.0.0"}
//! index.json                  the rows: a tag each, or a manifest without a name
//! blobs/<algorithm>/<hex>     content, manifests among it
//! ```

pub(crate) mod repository;
pub mod rows;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::oci::OriginKind;
use crate::oci::json::{Json, JsonError};
use crate::oci::{
    Absence, AbsenceKind, Address, Answer, Asked, FoundBy, Origin, Page, Question, Repository,
};
use crate::source::local::content::LayoutBlobs;
use crate::source::local::error::OpenError;
use crate::source::local::files::{FileError, Root};
use crate::source::local::reply;
use crate::source::local::run::{self, Blocking};
use crate::source::local::scan::Stop;
use crate::source::{Answers, BoxFuture, Limits, Locality, Source};

use repository::{LayoutRepository, Scope};
pub use rows::{Row, Rows};

/// The file that marks a layout.
pub(crate) const MARK: &str = "oci-layout";
/// The file with the rows.
pub(crate) const INDEX: &str = "index.json";

/// At most so many bytes of an `oci-layout` file: it has one short field.
const MARK_BYTES: u64 = 64 * 1024;

/// A layout in a folder. Its origin is `oci:DIR`, and its only repository has an empty path.
pub struct Layout {
    one: Arc<OneRepository>,
}

impl Layout {
    /// Opens the layout in `folder`. Blocks: reads `oci-layout` and `index.json`, at most `limits.list_bytes` of it.
    ///
    /// Errors: the folder is not there, may not be read, is no layout, or has a version or an `index.json` that cannot
    /// be read. Rows that cannot be read are no error: the holdings tell of them.
    pub fn open(folder: &Path, limits: &Limits) -> Result<Self, OpenError> {
        let hint = "name the folder that has the file `oci-layout`";
        let root = Root::open(folder).map_err(|error| OpenError::of_file(folder, &error, hint))?;
        let mark = root.read(Path::new(MARK), MARK_BYTES).map_err(|error| {
            let what = match error {
                FileError::Missing => format!(
                    "is no OCI image layout: it has no file `{MARK}`; {hint}, or write storage:DIR for a \
                    registry's own storage"
                ),
                other => format!("is no OCI image layout that can be read: its `{MARK}` {other}"),
            };
            OpenError::unlike(folder, what)
        })?;
        check_version(&mark).map_err(|what| OpenError::unlike(folder, what))?;
        let rows = load(&root, Path::new(""), limits).map_err(|absence| {
            let hint = "copy the layout again with the tool that wrote it";
            OpenError::unlike(
                folder,
                format!("is a broken layout: {}; {hint}", absence.reason.as_str()),
            )
        })?;
        let origin = Origin::new(&format!("oci:{}", folder.display()));
        let repository = open_repository(
            &origin,
            "",
            root,
            Path::new(""),
            rows,
            Scope::EveryBlob,
            limits,
        );
        Ok(Self {
            one: Arc::new(OneRepository { origin, repository }),
        })
    }
}

impl Source for Layout {
    fn origin(&self) -> &Origin {
        &self.one.origin
    }

    fn kind(&self) -> OriginKind {
        OriginKind::Layout
    }

    fn locality(&self) -> Locality {
        Locality::Local
    }

    fn ask<'a>(&'a self, question: &'a Question, answers: &'a Answers) -> BoxFuture<'a, ()> {
        run::ask(&self.one, question, answers)
    }
}

/// An origin that is itself one repository.
pub(crate) struct OneRepository {
    pub(crate) origin: Origin,
    pub(crate) repository: LayoutRepository,
}

impl Blocking for OneRepository {
    fn answer(&self, question: &Question, stop: &Stop) -> Vec<Answer> {
        match (&question.at, question.what) {
            (Address::Registry(origin), Asked::Catalog) if *origin == self.origin => {
                vec![the_only_one(origin)]
            }
            _ if is_the_only_one(question, &self.origin) => self.repository.answer(question, stop),
            _ => reply::no_repository(question),
        }
    }
}

/// The catalog of an origin that is itself one repository.
pub(crate) fn the_only_one(origin: &Origin) -> Answer {
    Answer::catalog(
        origin.clone(),
        Page::whole(vec!["".into()]),
        FoundBy::Catalog,
    )
}

/// Whether `question` is about the only repository of `origin`.
pub(crate) fn is_the_only_one(question: &Question, origin: &Origin) -> bool {
    question
        .repository()
        .is_some_and(|repository| repository.path.is_empty() && repository.origin == *origin)
}

/// The repository in the layout at `folder` in `root`, of which `rows` were read.
pub(crate) fn open_repository(
    origin: &Origin,
    path: &str,
    root: Root,
    folder: &Path,
    rows: Rows,
    scope: Scope,
    limits: &Limits,
) -> LayoutRepository {
    let repository = Repository::new(origin, path);
    let content = Arc::new(LayoutBlobs::new(root.clone(), folder));
    let (index, folder, bounds) = (folder.join(INDEX), folder.to_owned(), limits.clone());
    // The file may have changed since the rows were read: the first time counts as a change.
    let last = Mutex::new(None);
    LayoutRepository::new(repository, rows, content, scope, limits).reloading(Box::new(move || {
        let stamp = root.stamp(&index).ok();
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.is_some() && *last == stamp {
            return Ok(None);
        }
        let rows = load(&root, &folder, &bounds)?;
        *last = stamp;
        Ok(Some(rows))
    }))
}

/// Reads the rows of the layout at `folder` in `root`.
pub(crate) fn load(root: &Root, folder: &Path, limits: &Limits) -> Result<Rows, Absence> {
    let bytes = root
        .read(&folder.join(INDEX), limits.list())
        .map_err(|error| error.absence("its index.json"))?;
    parse_index(&bytes)
}

/// Reads the rows of an `index.json`.
pub(crate) fn parse_index(bytes: &[u8]) -> Result<Rows, Absence> {
    Rows::parse(bytes).map_err(|error: JsonError| {
        Absence::new(AbsenceKind::Invalid, format!("its index.json is {error}"))
    })
}

/// Checks the content of an `oci-layout` file. Errors: a fragment that follows the layout's path.
pub(crate) fn check_version(mark: &[u8]) -> Result<(), String> {
    let json = Json::parse(mark)
        .map_err(|error| format!("is a broken layout: its `{MARK}` is {error}"))?;
    let version = json.object.get("imageLayoutVersion");
    match version.and_then(serde_json::Value::as_str) {
        Some(version) if version == "1" || version.starts_with("1.") => Ok(()),
        Some(version) => Err(format!(
            "is a layout of version {version}, and only version 1 can be read: copy it with a tool that reads it"
        )),
        None => Err(format!(
            "is a broken layout: its `{MARK}` has no imageLayoutVersion; write {{\"imageLayoutVersion\":\"1.0.0\"}} there"
        )),
    }
}

#[cfg(test)]
mod tests;
