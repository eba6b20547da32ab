//! Gathers what the impact of a target is worked out from: reads a storage at once, or lets a session run to its end.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;

use crate::crawl::{Plan, Progress};
use crate::graph::{EdgeKind, NodeId, NodeState};
use crate::insight::impact::{Fingerprints, InventoryError, StorageSign, Uploads};
use crate::oci::tag::is_valid_repository;
use crate::oci::{Address, Answer, Body, Digest, Question, Repository, Target};
use crate::session::{Ended, Known, Network, OpenError, Opened, Session, open, place};
use crate::source::local::{Kind, recognise};
use crate::source::storage::{LayoutWriter, Storage, StorageKind, StorageView};
use crate::source::{Limits, Source};

use super::asking::{ask, read_charts};
use super::graph::input_of_and;
use super::{ImpactInput, of_storage, uploads};

/// What is to be gathered.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The targets: one folder, or places of one registry.
    pub targets: &'a [String],
    /// References of what is to be deleted or moved to: a digest among them is asked for, with what it holds, though no
    /// tag leads there.
    pub named: &'a [String],
}

/// What a target holds, and what else is known of it.
pub struct Gathered {
    /// What it holds.
    pub input: ImpactInput,
    /// What tells which registry it is.
    pub fingerprints: Fingerprints,
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

/// Gathers what the impact of targets is worked out from. What shares blobs or names with a tag or manifest decides on what goes, so
/// all of its repository is read, whatever the target names of it.
///
/// Errors: targets that are not of one registry have rules and stores of their own, so there is no one answer for them.
///
/// Needs a tokio runtime. With `asks_fingerprints` a registry is asked what tells which one it is, where its host does not.
/// `watch` sees how far it is.
pub async fn gather(
    of: &Wanted<'_>,
    network: &Network,
    limits: &Limits,
    plan: Plan,
    asks_fingerprints: bool,
    interrupt: impl Future<Output = ()>,
    watch: impl FnMut(&Progress),
) -> Result<Gathered, GatherError> {
    let Wanted { targets, named } = *of;
    if let Some(folder) = only_folder(targets, limits)? {
        return of_folder(folder, limits.clone()).await;
    }
    let is_narrowed = !plan.tags.is_open() || plan.platform.is_some() || plan.depth.is_some();
    let mut places = of_one_registry(targets, network, limits)?;
    let Some(opened) = places.first() else {
        return Err(GatherError::Unreadable("no target".to_owned()));
    };
    let is_one = places.len() == 1 && matches!(opened.root, Address::Repository(_));
    let mut fingerprints = Fingerprints::of(opened.kind(), opened.root.origin());
    let may_tell = opened.kind().is_registry();
    let source = Arc::clone(&opened.source);
    let count = places.len();
    places.extend(unseen(&places, named));
    let is_offline = plan.is_offline;
    // Dates are read from documents, and all else from the graph and the notes.
    let known = if plan.skips_configs {
        Known::notes_alone()
    } else {
        Known::with_notes()
    };
    let mut session = Session::start(places, plan, network.cache.clone(), known);
    let ended = session.run(interrupt, watch).await;
    session.save();
    if ended == Ended::Interrupted {
        return Err(GatherError::Interrupted);
    }
    refuse_unreadable(&session, count)?;
    if asks_fingerprints && may_tell && !fingerprints.is_told_by_host() {
        fingerprints.answers = source.fingerprints().await;
    }
    let stored = if is_offline {
        HashSet::new()
    } else {
        stored(&session.known, &*source).await
    };
    let input = input_of_and(&session.known, is_narrowed, &stored)?;
    Ok(Gathered {
        input,
        fingerprints,
        is_one,
        basis: Basis::Session(Box::new(session)),
    })
}

/// Whole repositories, or the registry, of targets that are of one registry.
fn of_one_registry(
    targets: &[String],
    network: &Network,
    limits: &Limits,
) -> Result<Vec<Opened>, GatherError> {
    let mut places: Vec<Opened> = Vec::new();
    for written in targets {
        let mut opened = open(written, network, limits)?;
        if let Some(repository) = opened.root.repository() {
            opened.root = Address::Repository(repository.clone());
        }
        let mut known = places.iter().map(|place| &place.root);
        if known
            .clone()
            .next()
            .is_some_and(|first| first.origin() != opened.root.origin())
        {
            return Err(of_several(targets, written));
        }
        if !known.any(|root| *root == opened.root) {
            places.push(opened);
        }
    }
    // A registry has all of its repositories.
    if places.iter().any(|place| place.root.repository().is_none()) {
        places.retain(|place| place.root.repository().is_none());
    }
    Ok(places)
}

fn of_several(targets: &[String], written: &str) -> GatherError {
    let first = targets.first().map_or("", String::as_str);
    GatherError::Open(OpenError::Kind(format!(
        "{first} and {written} are not of one registry, and each has rules and a store of its own: run impact for each"
    )))
}

/// The folder that is read whole, where the targets name one; that may be as several places of it.
fn only_folder(targets: &[String], limits: &Limits) -> Result<Option<Folder>, GatherError> {
    let mut found: Option<Folder> = None;
    for (number, written) in targets.iter().enumerate() {
        let folder = storage_of(written, limits)?;
        let is_same = match (&found, &folder) {
            _ if number == 0 => true,
            (Some(known), Some(new)) => known.path == new.path,
            (known, new) => known.is_none() && new.is_none(),
        };
        if !is_same {
            return Err(of_several(targets, written));
        }
        found = found.or(folder);
    }
    Ok(found)
}

/// Manifests that references name by digest, as further places to begin at.
fn unseen(places: &[Opened], named: &[String]) -> Vec<Opened> {
    let Some(opened) = places.first() else {
        return Vec::new();
    };
    let origin = opened.root.origin();
    let own = places.iter().filter_map(|place| place.root.repository());
    let own: Vec<&str> = own.map(|repository| repository.path.as_str()).collect();
    let place = |text: &String| {
        let (repository, digest) = text.rsplit_once('@').or_else(|| text.rsplit_once('='))?;
        let digest = digest.parse::<Digest>().ok()?;
        let repository = repository
            .rsplit_once('=')
            .map_or(repository, |(_, rest)| rest);
        let repository = repository
            .strip_prefix(&format!("{origin}/"))
            .unwrap_or(repository);
        let repository = match own.as_slice() {
            [only] if repository.is_empty() => *only,
            [_, ..] if !own.contains(&repository) => return None,
            _ => repository,
        };
        is_valid_repository(repository)
            .then(|| Address::Object(Repository::new(origin, repository), digest))
    };
    let roots: BTreeSet<Address> = named.iter().filter_map(place).collect();
    let is_new = |root: &Address| !places.iter().any(|place| place.root == *root);
    let roots = roots.into_iter().filter(is_new);
    roots
        .map(|root| Opened {
            source: Arc::clone(&opened.source),
            root,
            title: opened.title.clone(),
            lasting: None,
        })
        .collect()
}

/// How many children that do not answer are looked for among the blobs.
const CHILDREN: usize = 500;
/// How long that may take.
const CHILDREN_WITHIN: Duration = Duration::from_secs(20);

/// Children of indexes that do not answer as manifests and whose bytes are there all the same: on zot they still hold
/// their index.
async fn stored(known: &Known, source: &dyn Source) -> HashSet<(Repository, Digest)> {
    let graph = &known.graph;
    let is_missing_child = |node: &NodeId| {
        graph.kind(*node).is_manifest()
            && graph.state(*node) == NodeState::Missing
            && graph
                .incoming(*node)
                .iter()
                .any(|edge| edge.kind == EdgeKind::Child)
    };
    let missing = graph.nodes().filter(is_missing_child).take(CHILDREN);
    let questions: Vec<Question> = missing
        .filter_map(|node| {
            let repository = graph.repository_of(node)?;
            Some(Question::document(
                repository.clone(),
                graph.digest_of(node)?,
            ))
        })
        .collect();
    if questions.is_empty() {
        return HashSet::new();
    }
    let asked = futures_util::stream::iter(&questions).map(|question| ask(source, question));
    let mut coming = Box::pin(asked.buffer_unordered(source.width().max(1)));
    let mut answers: Vec<Answer> = Vec::new();
    let all = async {
        while let Some(more) = coming.next().await {
            answers.extend(more);
        }
    };
    // What is late is as if it had not been asked.
    let _ = tokio::time::timeout(CHILDREN_WITHIN, all).await;
    let read = answers
        .into_iter()
        .filter(|answer| !matches!(answer.body, Body::Failed(_)));
    read.filter_map(|answer| match answer.question.at {
        Address::Object(repository, digest) => Some((repository, digest)),
        _ => None,
    })
    .collect()
}

fn home() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned())
}

/// The unfinished uploads of the storages among targets, together. Blocks.
pub fn uploads_of(written: &[String]) -> Uploads {
    let mut all = Uploads::default();
    for target in written {
        if let Ok(Target::Storage(folder)) = Target::parse(target, home().as_deref()) {
            all.join(uploads::below(&folder));
        }
    }
    all
}

/// A storage that is about to be read, and whether it is one layout.
struct Folder {
    storage: Storage,
    is_one: bool,
    path: PathBuf,
}

/// The storage that a target is: a registry's own, or a layout, of which reading the folder shows more than asking.
fn storage_of(written: &str, limits: &Limits) -> Result<Option<Folder>, GatherError> {
    let target = Target::parse(written, home().as_deref()).map_err(OpenError::from)?;
    let (folder, is_one) = match target {
        Target::Storage(folder) => (folder, false),
        Target::Path(path) => match recognise(&path, limits) {
            Ok(Kind::Layout) => (path, true),
            Ok(Kind::Archive) => return Ok(None),
            Err(error) => match place::in_layout(&path) {
                Some(place) => (place.folder, true),
                None if place::in_file(&path).is_inside() => return Ok(None),
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
    refuse_database(&folder)?;
    Ok(Some(Folder {
        storage,
        is_one,
        path: folder,
    }))
}

/// GitLab's registry with its metadata database keeps manifests and tags there: its files show blobs and nothing that
/// says which of them are in use.
fn refuse_database(folder: &Path) -> Result<(), GatherError> {
    let place = "lockfiles/database-in-use";
    let places = [
        folder.join("docker/registry").join(place),
        folder.join("registry").join(place),
        folder.join(place),
    ];
    if !places.iter().any(|place| place.exists()) {
        return Ok(());
    }
    Err(GatherError::Unreadable(
        "this storage belongs to a GitLab registry that keeps its manifests and tags in a database \
         (lockfiles/database-in-use), so its files do not tell what is in use; ask the registry itself"
            .to_owned(),
    ))
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
    let Folder {
        storage,
        is_one,
        path,
    } = folder;
    let storage = Arc::new(storage);
    let mut view = storage.view();
    if is_one {
        // Layouts below the layout are no part of it.
        view.repositories.retain(|one| one.name.is_empty());
    }
    let fingerprint = match view.kind {
        StorageKind::Distribution => StorageSign::Distribution,
        StorageKind::Layouts(LayoutWriter::Zot) => StorageSign::Zot,
        StorageKind::Layouts(LayoutWriter::Olareg) => StorageSign::Olareg,
        StorageKind::Layouts(LayoutWriter::Unknown) => StorageSign::Layouts,
    };
    let mut input = of_storage(&view)?;
    input.uploads = uploads::below(&path);
    input
        .gaps
        .extend(read_charts(&mut input.charts, &storage, limits));
    Ok(Gathered {
        input,
        fingerprints: Fingerprints {
            storage: Some(fingerprint),
            ..Fingerprints::default()
        },
        is_one,
        basis: Basis::Storage(Box::new(view), storage),
    })
}

/// One of the targets, which are the first `count` roots, of which nothing could be read is an error, in one sentence: what
/// it shares with the others would decide.
fn refuse_unreadable(session: &Session, count: usize) -> Result<(), GatherError> {
    let mut targets = session.roots.iter().take(count);
    match targets.find_map(|root| session.unreadable(root)) {
        Some(words) => Err(GatherError::Unreadable(words)),
        None => Ok(()),
    }
}
