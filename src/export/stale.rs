//! The document of `regscope stale --format json` (`schema` 1).

use schemars::JsonSchema;
use serde::Serialize;

use crate::content::Content;
use crate::graph::{Graph, NodeId};
use crate::insight::coverage;
use crate::insight::lineage::{Base, Cause, Judged, Lineage, Verdict};

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StaleDocument {
    schema: u32,
    /// One for each image and platform.
    pub images: Vec<ImageRow>,
    /// What could not be known.
    pub coverage: CoverageRow,
}

/// An image for one platform, and what it stands on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImageRow {
    /// By its most telling tag, else by its digest.
    pub reference: String,
    /// Every tag that leads to it.
    pub tags: Vec<String>,
    /// Of its manifest.
    pub digest: String,
    /// `os/arch[/variant]`.
    pub platform: Option<String>,
    /// The base that is believed.
    pub base: Option<BaseRow>,
    /// All evidence, the most trusted first.
    pub bases: Vec<BaseRow>,
    /// What the base's tag names now.
    pub current_digest: Option<String>,
    /// Whether it stands on what its base is now.
    pub verdict: VerdictWord,
    /// What has become of the base.
    pub causes: Vec<CauseWord>,
    /// How far it is behind.
    pub behind: BehindRow,
    /// A newer tag of the base's line.
    pub newer: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// Where evidence contradicts itself.
    pub conflicts: Vec<String>,
    /// The base of the base, to the end of what is known.
    pub chain: Vec<BaseRow>,
    /// Loaded images that stand on this one.
    pub derived: Vec<String>,
    /// Who runs it, of the files of `--in-use`.
    pub in_use: Vec<String>,
}

/// A base by one kind of evidence.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BaseRow {
    /// As it is written, or by the tag of a loaded image.
    pub reference: Option<String>,
    /// As stated: of an index or of a platform's manifest.
    pub digest: Option<String>,
    /// How it was found.
    pub found_by: FoundByWord,
    /// How many layers both begin with, where these are all of the base; 0 where they are not.
    pub shared_layers: Option<usize>,
}

/// How far an image is behind its base. Null is not known.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BehindRow {
    /// Between both bases, as they state when they were made.
    pub days: Option<i64>,
    /// Layers of the new base that the old one does not have.
    pub layers: Option<usize>,
    /// Packages that differ. Not compared so far, and so always null: `stale` asks for no bills of materials; `diff` compares
    /// them.
    pub packages_changed: Option<usize>,
}

/// What could not be known.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CoverageRow {
    /// Whether nothing is missing.
    pub complete: bool,
    /// What was asked and could not be known.
    pub holes: Vec<HoleRow>,
}

/// Something that could not be known.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct HoleRow {
    /// What it is about, as a reference.
    pub node: String,
    /// `tags`, `tag`, `manifest`, `config`, `referrers` or `document`.
    pub what: String,
    /// `forbidden`, `missing`, `rate-limited`, `too-large`, `invalid`, `failed` or `cut-short`.
    pub state: String,
    /// Why, in words.
    pub reason: String,
}

/// Whether an image stands on what its base is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// It does not.
    Stale,
    /// It cannot be told.
    Unknown,
    /// It does.
    Fresh,
}

/// What has become of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CauseWord {
    /// Its tag names another image.
    Moved,
    /// Its line has a newer version.
    NewerRelease,
    /// Its tag is not there any more.
    Gone,
}

/// How a base was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FoundByWord {
    /// The image says so.
    BaseAnnotation,
    /// The account of its build says so.
    Provenance,
    /// Its first layers are all the layers of a loaded image.
    LayerPrefix,
    /// Its history looks as if a base ended there: a guess.
    History,
}

impl From<&Base> for BaseRow {
    fn from(base: &Base) -> Self {
        use crate::insight::lineage::BaseEvidence;
        Self {
            reference: base.reference.clone(),
            digest: base.digests.first().map(ToString::to_string),
            found_by: match base.evidence {
                BaseEvidence::Annotation => FoundByWord::BaseAnnotation,
                BaseEvidence::Provenance => FoundByWord::Provenance,
                BaseEvidence::LayerPrefix => FoundByWord::LayerPrefix,
                BaseEvidence::History => FoundByWord::History,
            },
            shared_layers: base.shared_layers,
        }
    }
}

impl From<Verdict> for VerdictWord {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Stale => Self::Stale,
            Verdict::Unknown => Self::Unknown,
            Verdict::Fresh => Self::Fresh,
        }
    }
}

impl From<Cause> for CauseWord {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Moved => Self::Moved,
            Cause::NewerRelease => Self::NewerRelease,
            Cause::Gone => Self::Gone,
        }
    }
}

/// The document of the images that were asked about, below `roots`. `users` tells who runs an image.
pub fn document(
    graph: &Graph,
    content: &Content,
    lineage: &Lineage,
    roots: &[NodeId],
    counts_newer: bool,
    users: impl Fn(usize) -> Vec<String>,
) -> StaleDocument {
    let asked =
        (0..lineage.images.len()).filter(|place| lineage.is_asked.get(*place) == Some(&true));
    let mut holes = Vec::new();
    let mut images: Vec<ImageRow> = Vec::new();
    for place in asked {
        let judged = lineage.judge(graph, content, place, counts_newer);
        if let Some(kind) = judged.hole {
            let named = lineage.named_base(graph, place);
            let named = named.map(|named| format!("{}:{}", named.repository, named.tag));
            holes.push(HoleRow {
                node: named.unwrap_or_else(|| lineage.reference(place)),
                what: "tag".to_owned(),
                state: kind.name().to_owned(),
                reason: judged.reason.clone(),
            });
        }
        images.extend(row(lineage, place, judged, users(place)));
    }
    let reachable = graph.reachable(roots.iter().copied());
    let known = coverage::coverage(graph, |node| reachable.contains(node.index()));
    holes.extend(known.holes.iter().map(|hole| HoleRow {
        node: name(graph, hole.node),
        what: hole.what.name().to_owned(),
        state: hole.kind.name().to_owned(),
        reason: hole.reason.as_str().to_owned(),
    }));
    holes.sort();
    holes.dedup();
    StaleDocument {
        schema: 1,
        images,
        coverage: CoverageRow {
            complete: holes.is_empty(),
            holes,
        },
    }
}

fn row(lineage: &Lineage, place: usize, judged: Judged, in_use: Vec<String>) -> Option<ImageRow> {
    let (image, standing) = (lineage.images.get(place)?, lineage.standings.get(place)?);
    let chain = lineage.chain(place).into_iter().skip(1).map(BaseRow::from);
    let mut derived: Vec<_> = lineage
        .derived(place)
        .map(|other| lineage.reference(other))
        .collect();
    derived.sort();
    derived.dedup();
    Some(ImageRow {
        reference: lineage.reference(place),
        tags: image
            .tags
            .iter()
            .map(|tag| tag.as_str().to_owned())
            .collect(),
        digest: image.digest.to_string(),
        platform: image.platform.clone(),
        base: standing.base().map(BaseRow::from),
        bases: standing.bases.iter().map(BaseRow::from).collect(),
        current_digest: judged.current.map(|digest| digest.to_string()),
        verdict: judged.verdict.into(),
        causes: judged.causes.iter().map(|cause| (*cause).into()).collect(),
        behind: BehindRow {
            days: judged.behind.days,
            layers: judged.behind.layers,
            packages_changed: None,
        },
        newer: judged.newer,
        reason: judged.reason,
        conflicts: standing.conflicts.clone(),
        chain: chain.collect(),
        derived,
        in_use,
    })
}

/// A node as people name it.
fn name(graph: &Graph, node: NodeId) -> String {
    let view = graph.view(node);
    let place = match (view.repository, view.origin) {
        (Some(repository), _) => repository.to_string(),
        (None, Some(origin)) => origin.to_string(),
        (None, None) => String::new(),
    };
    match (view.tag, view.digest) {
        (Some(tag), _) => format!("{place}:{}", tag.as_str()),
        (None, Some(digest)) => format!("{place}@{digest}"),
        (None, None) => place,
    }
}
