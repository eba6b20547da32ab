//! Everything that the screen knows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;
use tui_input::Input;

use crate::crawl::{Progress, TagFilter, Urgency};
use crate::graph::NodeId;
use crate::insight::outline::RowPath;
use crate::oci::{Address, Digest, Origin, Question};
use crate::session::Known;
use crate::source::registry::LogEntry;

use super::details::Details;
use super::impact::Sign;
use super::pane::{ImpactPane, WhyPane};
use super::theme::Theme;
use super::tree::Tree;

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
    pub focus: Pane,
    /// Whether that pane has the whole screen.
    pub is_zoomed: bool,
    /// Percent of the columns that the tree has where both panes are shown.
    pub split: u16,
    /// What lies over the panes, or what is being typed.
    pub mode: Mode,
    /// What the person marked: tags, and manifests without one.
    pub marked: BTreeSet<NodeId>,
    /// Where a range of rows begins that is about to be marked; it ends at the cursor.
    pub range: Option<RowPath>,
    /// What would go, or dangle, after an impact was worked out.
    pub doomed: HashMap<NodeId, Sign>,
    /// The impact of what is marked.
    pub impact: ImpactPane,
    /// Why something is kept.
    pub why: WhyPane,
    /// The number of the last request to the worker.
    pub ticket: u64,
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
    /// Whether the crawl asks only for what the screen wants.
    pub is_reserved: bool,
    /// Which tags are asked for without being looked at.
    pub tags: TagFilter,
    /// Whether the mouse is ours.
    pub has_mouse: bool,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// One sentence for the person, until the next key.
    pub notice: Option<String>,
    /// What the first screen offers: pinned targets, then recent ones.
    pub places: Vec<Place>,
    /// The hosts without a catalog for which a repository was asked, or was not because the person was elsewhere.
    pub asked_for_repository: HashSet<Origin>,
    /// Where jumps began.
    pub trail: Vec<RowPath>,
    /// Where the cursor was when it went back along them.
    pub ahead: Vec<RowPath>,
    /// How things are drawn.
    pub theme: Theme,
    /// The moment, for ages.
    pub now: Timestamp,
}

/// A target that the first screen offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The target, as it is typed.
    pub target: String,
    /// Whether the configuration names it; else it was opened lately.
    pub is_pinned: bool,
}

/// Whether registries have to prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// They do, where they speak TLS.
    Verified,
    /// Whoever answers is believed, and the screen keeps saying so.
    Unverified,
}

/// A pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The tree.
    Tree,
    /// The details.
    Details,
}

/// A tab of the details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What is known, in words.
    Overview,
    /// The document.
    Raw,
    /// The layers with their history.
    Layers,
}

impl Tab {
    /// All tabs, in their order; each is known by its number in it.
    pub const ALL: [Self; 3] = [Self::Overview, Self::Raw, Self::Layers];

    /// Its name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Raw => "Raw",
            Self::Layers => "Layers",
        }
    }
}

/// What lies over the panes, or is being typed.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Nothing.
    Browse,
    /// The first screen, without targets.
    Home(Home),
    /// A filter is being typed.
    Filter(Input),
    /// A place to go to is being typed.
    GoTo(Input),
    /// What to copy.
    Copy,
    /// Paths that lead to something, and which is chosen.
    UsedBy(UsedBy),
    /// Whether to load everything.
    LoadAll(Remaining),
    /// What could not be done, one sentence each, until a key is pressed; scrolled by so many lines.
    Told(Vec<String>, usize),
    /// The help, scrolled.
    Help(usize),
    /// The impact of what is marked.
    Impact,
    /// Why something is kept.
    Why,
    /// The requests that were sent, scrolled back by so many lines.
    Log(usize),
}

/// What is left to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// What was never asked for.
    pub unasked: Vec<Question>,
    /// How many lists were never asked for, which the crawl knows by itself.
    pub lists: u64,
    /// How many questions stand as failed.
    pub failed: u64,
}

impl Remaining {
    /// How many requests that is at least.
    pub fn requests(&self) -> u64 {
        self.unasked.len() as u64 + self.lists + self.failed
    }
}

/// The first screen.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// What is being typed.
    pub input: Input,
    /// Why the last target could not be opened.
    pub error: Option<String>,
    /// A target that is being opened.
    pub opening: Option<String>,
    /// Which of [`Model::places`] stands in the line.
    pub chosen: Option<usize>,
    /// Why a repository is asked for, where the line came by itself or a row asked for it.
    pub reason: Option<String>,
}

/// Who holds something.
#[derive(Clone, Debug)]
pub struct UsedBy {
    /// What it is about.
    pub title: String,
    /// Each path in words, and its row.
    pub paths: Vec<(String, Option<RowPath>)>,
    /// The chosen one.
    pub cursor: usize,
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
    /// A screen over roots; without any, the first screen.
    pub fn new(roots: &[Address], theme: Theme, size: (u16, u16)) -> Self {
        let mut known = Known::default();
        for root in roots {
            known.begin_at(root);
        }
        let mode = if roots.is_empty() {
            Mode::Home(Home::default())
        } else {
            Mode::Browse
        };
        Self {
            known,
            tree: Tree::new(roots.to_vec()),
            details: Details::default(),
            tab: Tab::Overview,
            scroll: 0,
            focus: Pane::Tree,
            is_zoomed: false,
            split: SPLIT,
            mode,
            marked: BTreeSet::new(),
            range: None,
            doomed: HashMap::new(),
            impact: ImpactPane::default(),
            why: WhyPane::default(),
            ticket: 0,
            log: Vec::new(),
            trust: Trust::Verified,
            progress: Progress::default(),
            wanted: HashMap::new(),
            preferred: Vec::new(),
            again: HashSet::new(),
            settled: HashSet::new(),
            pending: HashSet::new(),
            raw: Raw::Absent,
            is_reserved: false,
            tags: TagFilter::default(),
            has_mouse: true,
            size,
            notice: None,
            places: Vec::new(),
            asked_for_repository: HashSet::new(),
            trail: Vec::new(),
            ahead: Vec::new(),
            theme,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    /// The tab that is shown: the one that was chosen, where it has something.
    pub fn shown_tab(&self) -> Tab {
        let tabs = self.details.tabs();
        let has_chosen = tabs.iter().any(|(tab, _)| *tab == self.tab);
        if has_chosen { self.tab } else { Tab::Overview }
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
