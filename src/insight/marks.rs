//! Evidence marks: what is attached to a manifest, and where nothing is, why.
//!
//! The screen never looks more certain than we are. "None" is said only where a way of asking that lists all referrers
//! was answered to its end; everything else has its own mark.

use crate::graph::{EdgeKind, Graph, NodeId, NodeState};
use crate::insight::outline::Documents;
use crate::oci::{AbsenceKind, Asked, FoundBy, Role, purpose};

/// What is known of one thing that may be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// It is there, and was not verified.
    Present,
    /// It is there for some platforms of an index and not for others.
    Partly,
    /// It was verified in this run.
    Verified,
    /// It was checked in this run, and failed.
    Refuted,
    /// Asked, and there is none.
    None,
    /// The registry has no way to tell.
    Unsupported,
    /// We may not ask.
    Forbidden,
    /// The host asked us to wait.
    RateLimited,
    /// Something names it, and it is not there.
    Missing,
    /// Asking failed.
    Failed,
    /// It came, and is not what it should be.
    Invalid,
    /// It is over a limit.
    TooLarge,
    /// The list ended before its end.
    CutShort,
    /// Being asked.
    Loading,
    /// Not asked.
    NotAsked,
}

impl Mark {
    /// One character; with `is_ascii` one that every terminal has.
    pub const fn symbol(self, is_ascii: bool) -> &'static str {
        match self {
            Self::Present | Self::Partly if is_ascii => "o",
            Self::Present | Self::Partly => "●",
            Self::Verified if is_ascii => "+",
            Self::Verified => "✓",
            Self::Refuted if is_ascii => "x",
            Self::Refuted => "✗",
            Self::None if is_ascii => ".",
            Self::None => "·",
            Self::Unsupported => "-",
            Self::Forbidden => "#",
            Self::RateLimited => "~",
            Self::Missing if is_ascii => "0",
            Self::Missing => "∅",
            Self::Failed | Self::Invalid => "!",
            Self::CutShort | Self::TooLarge => ">",
            Self::Loading if is_ascii => ":",
            Self::Loading => "…",
            Self::NotAsked => "?",
        }
    }

    /// What the mark means, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Present => "there, not verified",
            Self::Partly => "there for some platforms, not verified",
            Self::Verified => "verified in this run",
            Self::Refuted => "failed its check",
            Self::None => "asked, there is none",
            Self::Unsupported => "the registry cannot say",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "the registry asked us to wait",
            Self::Missing => "not there",
            Self::Failed => "asking failed",
            Self::Invalid => "invalid",
            Self::TooLarge => "too large",
            Self::CutShort => "the list was cut short",
            Self::Loading => "loading",
            Self::NotAsked => "not asked",
        }
    }

    /// Whether something is there.
    pub const fn is_there(self) -> bool {
        matches!(
            self,
            Self::Present | Self::Partly | Self::Verified | Self::Refuted
        )
    }

    /// How surely nothing more is to come; the least sure of several wins.
    const fn doubt(self) -> u8 {
        match self {
            Self::Present | Self::Partly | Self::Verified | Self::Refuted => 0,
            Self::None => 1,
            Self::Unsupported => 2,
            Self::NotAsked => 3,
            Self::Loading => 4,
            Self::CutShort => 5,
            Self::Missing => 6,
            Self::RateLimited => 7,
            Self::TooLarge => 8,
            Self::Forbidden => 9,
            Self::Invalid => 10,
            Self::Failed => 11,
        }
    }

    fn less_sure(self, other: Self) -> Self {
        if other.doubt() > self.doubt() {
            other
        } else {
            self
        }
    }
}

impl From<AbsenceKind> for Mark {
    fn from(kind: AbsenceKind) -> Self {
        match kind {
            AbsenceKind::Unsupported => Self::Unsupported,
            AbsenceKind::Forbidden => Self::Forbidden,
            AbsenceKind::RateLimited => Self::RateLimited,
            AbsenceKind::CutShort => Self::CutShort,
            AbsenceKind::Missing => Self::Missing,
            AbsenceKind::TooLarge => Self::TooLarge,
            AbsenceKind::Invalid => Self::Invalid,
            AbsenceKind::Failed => Self::Failed,
        }
    }
}

/// The marks of one manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marks {
    /// Signatures.
    pub signature: Mark,
    /// Bills of materials.
    pub sbom: Mark,
    /// Provenance.
    pub provenance: Mark,
    /// VEX.
    pub vex: Mark,
}

impl Marks {
    /// The same mark for all four.
    pub const fn all(mark: Mark) -> Self {
        Self {
            signature: mark,
            sbom: mark,
            provenance: mark,
            vex: mark,
        }
    }

    /// The marks with their letters, in the order in which they are shown. A small letter: for some platforms only.
    pub const fn letters(&self) -> [(Mark, char); 4] {
        const fn letter(mark: Mark, whole: char, part: char) -> (Mark, char) {
            match mark {
                Mark::Present | Mark::Verified | Mark::Refuted => (mark, whole),
                Mark::Partly => (mark, part),
                _ => (mark, ' '),
            }
        }
        [
            letter(self.signature, 'S', 's'),
            letter(self.sbom, 'B', 'b'),
            letter(self.provenance, 'P', 'p'),
            letter(self.vex, 'V', 'v'),
        ]
    }

    fn of_role(&mut self, role: Role) -> Option<&mut Mark> {
        match role {
            Role::Signature => Some(&mut self.signature),
            Role::Sbom => Some(&mut self.sbom),
            Role::Provenance => Some(&mut self.provenance),
            Role::Vex => Some(&mut self.vex),
            _ => None,
        }
    }

    fn slots(&mut self) -> [&mut Mark; 4] {
        [
            &mut self.signature,
            &mut self.sbom,
            &mut self.provenance,
            &mut self.vex,
        ]
    }
}

/// The marks of a manifest. Those of an index count what its platforms have too, where it lists any.
///
/// `documents` tell what is in an attestation with several statements. Cost: `O(d)` in its referrers, and theirs of its
/// platforms.
pub fn of_manifest(graph: &Graph, documents: &dyn Documents, manifest: NodeId) -> Marks {
    let mut marks = own(graph, documents, manifest);
    let platforms = crate::insight::outline::image_platforms(graph, manifest);
    if platforms.is_empty() {
        return marks;
    }
    let inner: Vec<Marks> = (platforms.iter())
        .map(|platform| own(graph, documents, *platform))
        .collect();
    for (number, mark) in marks.slots().into_iter().enumerate() {
        let below = inner
            .iter()
            .filter_map(|marks| marks.letters().get(number).map(|(mark, _)| *mark));
        let there = below.clone().filter(|mark| mark.is_there()).count();
        *mark = match there {
            _ if mark.is_there() => *mark,
            0 => below.fold(*mark, Mark::less_sure),
            all if all == platforms.len() => Mark::Present,
            _ => Mark::Partly,
        };
    }
    marks
}

fn own(graph: &Graph, documents: &dyn Documents, manifest: NodeId) -> Marks {
    let asked = asked(graph, manifest);
    let mut marks = Marks::all(asked);
    for edge in graph.referrers(manifest) {
        let Some(found) = graph.purpose(edge.from) else {
            continue;
        };
        // Unread, it could be of any kind: of none can be said that there is none.
        let is_open = found.role == Role::Attestation
            || matches!(found.role, Role::Image | Role::Other)
                && purpose::is_vague_type(graph.view(edge.from).artifact_type);
        if is_open && graph.state(edge.from) == NodeState::NotAsked {
            for mark in marks.slots() {
                if !mark.is_there() {
                    *mark = mark.less_sure(Mark::NotAsked);
                }
            }
        }
        // What is listed and was not read yet is there; what was read and is not what it should be, is not.
        let here = match of_state(graph, edge.from) {
            None | Some(Mark::NotAsked) => Mark::Present,
            Some(other) => other,
        };
        let mut tell = |role| {
            if let Some(mark) = marks.of_role(role) {
                *mark = match *mark {
                    Mark::Present => Mark::Present,
                    before if here.is_there() || before == asked => here,
                    before => before.less_sure(here),
                };
            }
        };
        tell(found.role);
        if found.role == Role::Attestation {
            for role in statements(graph, documents, edge.from) {
                tell(role);
            }
        }
    }
    marks
}

/// The roles of the statements in an attestation that was read.
fn statements(graph: &Graph, documents: &dyn Documents, attestation: NodeId) -> Vec<Role> {
    let read = graph
        .digest_of(attestation)
        .and_then(|digest| documents.manifest(&digest));
    let Some(manifest) = read else {
        return Vec::new();
    };
    let layers = manifest.layers.iter();
    layers
        .map(|layer| purpose::of_descriptor(layer).role)
        .collect()
}

/// What the question for the referrers of a manifest came to: the mark of what was not found.
pub fn asked(graph: &Graph, manifest: NodeId) -> Mark {
    let ways = std::iter::once(None).chain(FoundBy::ALL.into_iter().map(Some));
    let answers = ways.filter_map(|way| {
        let register = graph.asked_by(manifest, Asked::Referrers, way)?;
        let mark = match register.standing_failure() {
            Some(absence) => absence.kind.into(),
            None if graph.is_complete_by(manifest, Asked::Referrers, way) => Mark::None,
            None => Mark::Loading,
        };
        Some((way, mark))
    });
    let answers: Vec<_> = answers.collect();
    let is_answered = |ways: &[FoundBy]| {
        let listed = answers.iter().filter(|(_, mark)| *mark == Mark::None);
        listed
            .filter_map(|(way, _)| *way)
            .any(|way| ways.contains(&way))
    };
    // A native list is the registry's own word; that another way failed does not matter then.
    if is_answered(&[FoundBy::ReferrersApi, FoundBy::ManifestScan]) {
        return Mark::None;
    }
    let hole = answers
        .iter()
        .map(|(_, mark)| *mark)
        .filter(|mark| !matches!(mark, Mark::None | Mark::Unsupported))
        .reduce(Mark::less_sure);
    match hole {
        Some(mark) => mark,
        None if answers.iter().any(|(_, mark)| *mark == Mark::None) => Mark::None,
        None if !answers.is_empty() => Mark::Unsupported,
        None => Mark::NotAsked,
    }
}

/// The mark of a node's own bytes; absent where they are there.
pub fn of_state(graph: &Graph, node: NodeId) -> Option<Mark> {
    if let Some(absence) = graph.absence(node) {
        return Some(absence.kind.into());
    }
    match graph.state(node) {
        NodeState::Loaded => None,
        NodeState::NotAsked => Some(Mark::NotAsked),
        NodeState::Forbidden => Some(Mark::Forbidden),
        NodeState::RateLimited => Some(Mark::RateLimited),
        NodeState::Missing => Some(Mark::Missing),
        NodeState::TooLarge => Some(Mark::TooLarge),
        NodeState::Invalid => Some(Mark::Invalid),
        NodeState::Failed => Some(Mark::Failed),
    }
}

/// Whether a manifest is something that evidence is attached to, rather than evidence itself.
pub fn wants_evidence(graph: &Graph, manifest: NodeId) -> bool {
    let is_referrer = || {
        let edges = graph.outgoing(manifest);
        edges.iter().any(|edge| edge.kind == EdgeKind::Subject)
    };
    graph.kind(manifest).is_manifest()
        && match graph.purpose(manifest).map(|found| found.role) {
            None | Some(Role::Image | Role::Chart) => true,
            Some(Role::Other | Role::Source) => !is_referrer(),
            Some(_) => false,
        }
}
