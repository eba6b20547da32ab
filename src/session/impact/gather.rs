//! Gathers what the impact of a target is worked out from: reads a storage at once, or lets a session run to its end.

use std::sync::Arc;

use crate::crawl::{Plan, Progress};
use crate::insight::impact::{InventoryError, Signs, StorageSign};
use crate::oci::{Address, Target};
use crate::session::{Ended, Known, Network, OpenError, Session, open, place};
use crate::source::Limits;
use crate::source::local::{Kind, recognise};
use crate::source::storage::{LayoutWriter, Storage, StorageKind, StorageView};

use super::asking::read_charts;
use super::{ImpactInput, input_of, of_storage};

/// What a target holds, and what else is known of it.
pub struct Gathered {
    /// What it holds.
    pub input: ImpactInput,
    /// What tells which registry it is.
    pub signs: Signs,
    /// Whether the target is one repository, so that its name may be left out.
    pub is_one: bool,
    /// What it was gathered from.
    pub basis: Basis,
}

/// What input was gathered from.
pub enum Basis {
    /// A storage that was read whole, and who reads it.
    Storage(Box<StorageView>, Arc<Storage>),
    /// A session that ran.
    Session(Box<Session>),
}

/// Why no input could be gathered.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// The target cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nothing of it could be read.
    #[error("{0}")]
    Unreadable(String),
    /// There is too much of it.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The person ended it.
    #[error("interrupted")]
    Interrupted,
}

/// Gathers what the impact of the target `written` is worked out from. What shares blobs or names with a tag or manifest decides on what goes, so
/// all of its repository is read, whatever the target names of it.
///
/// Needs a tokio runtime. With `asks_signs` a registry is asked what tells which one it is, where its host does not.
/// `watch` sees how far it is.
pub async fn gather(
    written: &str,
    network: &Network,
    limits: &Limits,
    plan: Plan,
    asks_signs: bool,
    interrupt: impl Future<Output = ()>,
    watch: impl FnMut(&Progress),
) -> Result<Gathered, GatherError> {
    if let Some(opened) = storage_of(written, limits)? {
        return of_folder(opened, limits.clone()).await;
    }
    let is_example = matches!(Target::parse(written, None), Ok(Target::Demo));
    let is_narrowed = !plan.tags.is_open() || plan.platform.is_some() || plan.depth.is_some();
    let mut opened = open(written, network, limits)?;
    if let Some(repository) = opened.root.repository() {
        opened.root = Address::Repository(repository.clone());
    }
    let is_one = matches!(opened.root, Address::Repository(_));
    let host = opened.root.origin().to_string();
    let mut signs = Signs {
        host: opened.is_remembered.then_some(host),
        is_example,
        ..Signs::default()
    };
    let source = Arc::clone(&opened.source);
    let mut session = Session::start(
        vec![opened],
        plan,
        network.cache.clone(),
        Known::with_notes(),
    );
    let ended = session.run(interrupt, watch).await;
    session.save();
    if ended == Ended::Interrupted {
        return Err(GatherError::Interrupted);
    }
    refuse_unreadable(&session)?;
    if asks_signs && !is_example && !signs.is_told_by_host() {
        signs.answers = source.signs().await;
    }
    let input = input_of(&session.known, is_narrowed)?;
    Ok(Gathered {
        input,
        signs,
        is_one,
        basis: Basis::Session(Box::new(session)),
    })
}

/// A storage that is about to be read, and whether it is one layout.
struct Folder {
    storage: Storage,
    is_one: bool,
}

/// The storage that a target is: a registry's own, or a layout, of which reading the folder shows more than asking.
fn storage_of(written: &str, limits: &Limits) -> Result<Option<Folder>, GatherError> {
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    let target = Target::parse(written, home.as_deref()).map_err(OpenError::from)?;
    let (folder, is_one) = match target {
        Target::Storage(folder) => (folder, false),
        Target::Path(path) => match recognise(&path, limits) {
            Ok(Kind::Layout) => (path, true),
            Ok(Kind::Archive) => return Ok(None),
            Err(error) => match place::in_layout(&path) {
                Some(place) => (place.folder, true),
                None => return Err(OpenError::from(error).into()),
            },
        },
        Target::Layout { folder, tag, .. } => (place::folder_and_tag(folder, tag).0, true),
        _ => return Ok(None),
    };
    if is_one {
        crate::source::layout::Layout::open(&folder, limits).map_err(OpenError::from)?;
    }
    let storage = Storage::open(&folder, limits).map_err(OpenError::from)?;
    Ok(Some(Folder { storage, is_one }))
}

async fn of_folder(folder: Folder, limits: Limits) -> Result<Gathered, GatherError> {
    let gathered = tokio::task::spawn_blocking(move || read(folder, &limits)).await;
    gathered.map_err(|error| GatherError::Unreadable(error.to_string()))?
}

/// What a target holds that is a folder which is read whole; nothing where the target is something else. Blocks.
pub fn gather_folder(written: &str, limits: &Limits) -> Result<Option<Gathered>, GatherError> {
    let folder = storage_of(written, limits)?;
    folder.map(|folder| read(folder, limits)).transpose()
}

fn read(folder: Folder, limits: &Limits) -> Result<Gathered, GatherError> {
    let Folder { storage, is_one } = folder;
    let storage = Arc::new(storage);
    let mut view = storage.view();
    if is_one {
        // Layouts below the layout are no part of it.
        view.repositories.retain(|one| one.name.is_empty());
    }
    let sign = match view.kind {
        StorageKind::Distribution => StorageSign::Distribution,
        StorageKind::Layouts(LayoutWriter::Zot) => StorageSign::Zot,
        StorageKind::Layouts(LayoutWriter::Olareg) => StorageSign::Olareg,
        StorageKind::Layouts(LayoutWriter::Unknown) => StorageSign::Layouts,
    };
    let mut input = of_storage(&view)?;
    input
        .gaps
        .extend(read_charts(&mut input.charts, &storage, limits));
    Ok(Gathered {
        input,
        signs: Signs {
            storage: Some(sign),
            ..Signs::default()
        },
        is_one,
        basis: Basis::Storage(Box::new(view), storage),
    })
}

/// A root of which nothing could be read is an error, in one sentence.
fn refuse_unreadable(session: &Session) -> Result<(), GatherError> {
    let Some(root) = session.roots.first() else {
        return Err(GatherError::Unreadable("no target".to_owned()));
    };
    match session.unreadable(root) {
        Some(words) => Err(GatherError::Unreadable(words)),
        None => Ok(()),
    }
}
