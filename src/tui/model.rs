//! Everything that the screen knows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;

use crate::crawl::{Progress, TagFilter, Urgency};
use crate::graph::NodeId;
use crate::insight::outline::RowPath;
use crate::oci::{Address, Digest, Origin, Question};
use crate::session::Known;
use crate::source::registry::LogEntry;

use super::details::{Details, Folds};
use super::history::View;
use super::impact::Marker;
use super::jobs::Jobs;
use super::keys::Keymap;
use super::pane::Pane;
use super::panes::compare::ComparisonState;
use super::panes::tabs::{
    AttachedState, EvidenceState, PackagesState, SectionsState, SignaturesState, StatementsState,
    Tab,
};
use super::panes::{Home, ImpactState, Opening, TABLE, WhyState};
use super::theme::Theme;
use super::tree::Tree;
use super::verifying::Verifying;

/// A little more than half for the tree: its rows have more columns.
const SPLIT: u16 = 57;

/// The state of the screen. `view` draws it and changes nothing.
pub struct Model {
    /// Everything that is known.
    pub known: Known,
    /// The tree.
    pub tree: Tree,
    /// What is known of the row under the cursor.
    pub details: Details,
    /// The tab of the details.
    pub tab: Tab,
    /// First line of the details that is shown.
    pub scroll: usize,
    /// Which pane the keys go to.
    pub focus: Focus,
    /// Whether that pane has the whole screen.
    pub is_zoomed: bool,
    /// Percent of the columns that the tree has where both panes are shown.
    pub split: u16,
    /// What lies over tree and details, the topmost last.
    pub panes: Vec<Box<dyn Pane>>,
    /// Which key does what.
    pub keys: Keymap,
    /// What the person marked: tags, and manifests without one.
    pub marked: BTreeSet<NodeId>,
    /// Where a range of rows begins that is about to be marked; it ends at the cursor.
    pub range: Option<RowPath>,
    /// What was sought last in the list of a pane.
    pub sought_in_list: String,
    /// A number that is being typed before a movement.
    pub count: Option<usize>,
    /// The node that was gone to last: of a row with several tags the one that is meant.
    pub sought: Option<NodeId>,
    /// What would go, or dangle, after an impact was worked out.
    pub affected: HashMap<NodeId, Marker>,
    /// The impact of what is marked.
    pub impact: ImpactState,
    /// Why something is kept.
    pub why: WhyState,
    /// What is told of the image under the cursor.
    pub evidence: EvidenceState,
    /// The signatures of the row under the cursor.
    pub signatures: SignaturesState,
    /// What was verified of all that was in view.
    pub verifying: Verifying,
    /// What is attached to the row under the cursor and was read.
    pub attached: AttachedState,
    /// Its packages.
    pub packages: PackagesState,
    /// How it was built.
    pub provenance: SectionsState,
    /// What is said of its vulnerabilities.
    pub vex: SectionsState,
    /// Every statement about it.
    pub statements: StatementsState,
    /// What differs between two images.
    pub comparison: ComparisonState,
    /// What is being worked on.
    pub jobs: Jobs,
    /// The last requests to registries, oldest first; brought up to date while they are looked at.
    pub log: Vec<LogEntry>,
    /// Whether registries have to prove who they are.
    pub trust: Trust,
    /// How far the crawl is.
    pub progress: Progress,
    /// What the screen asked for and has no answer to.
    pub wanted: HashMap<Question, Urgency>,
    /// What goes first of all that the crawl has left to ask, as it was told.
    pub preferred: Vec<Question>,
    /// What the person asked for again; never taken back.
    pub again: HashSet<Question>,
    /// What it asked for and will not ask for again by itself.
    pub settled: HashSet<Question>,
    /// The nodes of what it waits for.
    pub pending: HashSet<NodeId>,
    /// The raw document.
    pub raw: Raw,
    /// What of it is closed, and the line under its cursor.
    pub folds: Folds,
    /// Whether the crawl asks only for what the screen wants.
    pub is_reserved: bool,
    /// Which tags are asked for without being looked at.
    pub tags: TagFilter,
    /// Whose the mouse is, and what it holds.
    pub mouse: Mouse,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// One sentence for the person, until the next key.
    pub notice: Option<String>,
    /// What the first screen offers: pinned targets, then recent ones.
    pub suggestions: Vec<Suggestion>,
    /// The target that is being opened, and why the last could not be.
    pub opening: Opening,
    /// The hosts without a catalog for which a repository was asked, or was not because the person was elsewhere.
    pub asked_for_repository: HashSet<Origin>,
    /// The views where jumps began.
    pub trail: Vec<View>,
    /// The views that were left by going back along them.
    pub ahead: Vec<View>,
    /// How things are drawn.
    pub theme: Theme,
    /// The moment, for ages.
    pub now: Timestamp,
}

/// A target that the first screen offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The target, as it is typed.
    pub target: String,
    /// Why it is offered.
    pub pin: Pin,
}

/// Why a target is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// The configuration names it.
    Configured,
    /// The person keeps it.
    Kept,
    /// It was opened lately.
    Recent,
}

/// What is to be noted of a target for the first screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remember {
    /// It was opened.
    Opened,
    /// The person keeps it, or keeps it no more.
    Kept(bool),
    /// It is not to be offered any more.
    Forgotten,
}

/// Whether registries have to prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// They do, where they speak TLS.
    Verified,
    /// Whoever answers is believed, and the screen keeps saying so.
    Unverified,
}

/// Whose the mouse is, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// Ours.
    Ours,
    /// Ours, and it holds the line between the panes.
    Splitting,
    /// The terminal's, to select text.
    Terminals,
}

/// Which of the two has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The tree.
    Tree,
    /// The details.
    Details,
}

/// The raw document of the row under the cursor.
#[derive(Clone, Debug, Default)]
pub enum Raw {
    /// There is none.
    #[default]
    Absent,
    /// It is being indented.
    Formatting(Digest),
    /// Its lines.
    Ready(Digest, Arc<Vec<String>>),
}

impl Raw {
    /// What it is the document of.
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Absent => None,
            Self::Formatting(digest) | Self::Ready(digest, _) => Some(*digest),
        }
    }
}

impl Model {
    /// A document that is ready to be shown, all of it open.
    pub fn show_raw(&mut self, digest: Digest, lines: Arc<Vec<String>>) {
        self.folds = Folds::all_open(lines.len());
        self.raw = Raw::Ready(digest, lines);
    }

    /// A screen over roots; without any, the first screen.
    pub fn new(roots: &[Address], theme: Theme, size: (u16, u16)) -> Self {
        let mut known = Known::default();
        for root in roots {
            known.begin_at(root);
        }
        let mut panes: Vec<Box<dyn Pane>> = Vec::new();
        if roots.is_empty() {
            panes.push(Box::new(Home::default()));
        }
        Self {
            known,
            tree: Tree::new(roots.to_vec()),
            details: Details::default(),
            tab: Tab::Overview,
            scroll: 0,
            focus: Focus::Tree,
            is_zoomed: false,
            split: SPLIT,
            panes,
            keys: Keymap::new(TABLE),
            marked: BTreeSet::new(),
            range: None,
            sought_in_list: String::new(),
            count: None,
            sought: None,
            affected: HashMap::new(),
            impact: ImpactState::default(),
            why: WhyState::default(),
            evidence: EvidenceState::default(),
            signatures: SignaturesState::default(),
            verifying: Verifying::default(),
            attached: AttachedState::default(),
            packages: PackagesState::default(),
            provenance: SectionsState::default(),
            vex: SectionsState::default(),
            statements: StatementsState::default(),
            comparison: ComparisonState::default(),
            jobs: Jobs::default(),
            log: Vec::new(),
            trust: Trust::Verified,
            progress: Progress::default(),
            wanted: HashMap::new(),
            preferred: Vec::new(),
            again: HashSet::new(),
            settled: HashSet::new(),
            pending: HashSet::new(),
            raw: Raw::Absent,
            folds: Folds::default(),
            is_reserved: false,
            tags: TagFilter::default(),
            mouse: Mouse::Ours,
            size,
            notice: None,
            suggestions: Vec::new(),
            opening: Opening::default(),
            asked_for_repository: HashSet::new(),
            trail: Vec::new(),
            ahead: Vec::new(),
            theme,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    /// The tab that is shown: the one that was chosen, where it has something.
    pub fn shown_tab(&self) -> Tab {
        let is_there = self.tab.page().count(self).is_some();
        if is_there { self.tab } else { Tab::Overview }
    }

    /// The rows from where a range begins to the cursor; without a range, none.
    pub fn ranged(&self) -> Option<RangeInclusive<usize>> {
        let start = self.range.as_ref()?;
        let cursor = self.tree.cursor();
        // The row where it began may be folded away.
        let start = self.tree.row_of(start).unwrap_or(cursor);
        Some(start.min(cursor)..=start.max(cursor))
    }

    /// Whether an answer about a node may still come by itself.
    pub fn is_loading(&self, node: NodeId) -> bool {
        self.pending.contains(&node)
    }
}
