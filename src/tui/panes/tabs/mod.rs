//! The tabs of the details: each is one file, and its line in the list below puts it on the screen.

mod attached;
mod evidence;
mod layers;
mod overview;
pub(super) mod packages;
mod provenance;
pub(super) mod raw;
mod sections;
pub(super) mod signatures;
mod statements;
mod vex;

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use crate::tui::effect::Effect;
use crate::tui::keys::{Hint, Place, Verb};
use crate::tui::layout::Layout;
use crate::tui::model::{Focus, Model};
use crate::words::{fit, width};

pub use attached::{Account, AttachedState, Telling};
pub use evidence::EvidenceState;
pub use packages::{PackagesState, tabulated};
pub use sections::{SectionsState, told};
pub(in crate::tui) use signatures::commands;
pub use signatures::{SignaturesState, Verification, Verified, verified};
pub use statements::{StatementsState, unwrapped};

pub(super) use packages::whole_name;
pub(super) use sections::lines as section_lines;

/// A tab of the details.
pub trait TabPage: Sync {
    /// Its name.
    fn title(&self) -> &'static str;

    /// How many things it has, told beside its name; 0 where that says nothing, and none where there is no such tab for
    /// the row under the cursor.
    fn count(&self, model: &Model) -> Option<usize>;

    /// How many lines it takes at a width.
    fn len(&self, model: &Model, columns: usize) -> usize;

    /// Some of these lines, as many as are asked for where there are so many. Cost: that of what is asked for.
    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>>;

    /// Brings what it shows up to date before it is drawn, or asks for it.
    fn settle(&self, _model: &mut Model) -> Vec<Effect> {
        Vec::new()
    }

    /// Whose keys it has while the details have the focus, before those of tree and details; none where it has no keys
    /// of its own.
    fn place(&self) -> Option<Place> {
        None
    }

    /// A verb while the details have the focus; none where it means what it means in every tab: scroll, or leave.
    fn act(&self, _model: &mut Model, _verb: Verb) -> Option<Vec<Effect>> {
        None
    }

    /// The next keys of its own, for the bottom line.
    fn hints(&self, _model: &Model) -> Vec<Hint> {
        Vec::new()
    }
}

/// Lines of a tab that are looked at as text, and columns at which nothing is broken.
const TEXT: (usize, usize) = (20_000, 20_000);

/// What the shown tab says, as text, each line whole. Cost: that of at most [`TEXT`] lines.
pub(in crate::tui) fn text(model: &Model) -> String {
    let page = model.shown_tab().page();
    let lines = page.lines(model, TEXT.1, 0..TEXT.0).into_iter();
    let mut text = String::new();
    for line in lines {
        for span in &line.spans {
            text.push_str(&span.content);
        }
        text.push('\n');
    }
    text
}

/// The place of the tab that has the keys; none where the tree or a pane has them, or the tab has none of its own.
pub(super) fn place(model: &Model) -> Option<Place> {
    let has_keys = model.focus == Focus::Details && model.top().is_none();
    has_keys.then(|| model.shown_tab().page().place())?
}

/// Whether a place is a tab's, so that its keys go before those of tree and details.
pub fn is_tab(place: Place) -> bool {
    let mut tabs = Tab::ALL.iter();
    tabs.any(|tab| tab.page().place() == Some(place))
}

macro_rules! tabs {
    ($($(#[$doc:meta])* $name:ident => $page:expr,)+) => {
        /// Which tab.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Tab {
            $($(#[$doc])* $name,)+
        }

        impl Tab {
            /// All tabs, in their order; each is known by its number in it.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What it shows.
            pub fn page(self) -> &'static dyn TabPage {
                match self {
                    $(Self::$name => &$page,)+
                }
            }
        }
    };
}

tabs! {
    /// What is known, in words.
    Overview => overview::Overview,
    /// The document.
    Raw => raw::RawPage,
    /// The layers with their history.
    Layers => layers::Layers,
    /// What is known of an image, and what is attached to it.
    Evidence => evidence::Evidence,
    /// Its signatures, check by check.
    Signatures => signatures::Signatures,
    /// What is in it.
    Packages => packages::Packages,
    /// How it was built.
    Provenance => provenance::Provenance,
    /// What is said of its vulnerabilities.
    Vex => vex::Vex,
    /// Every statement as it is.
    Statements => statements::Statements,
}

/// Columns between two tabs.
const GAP: usize = 3;
/// Columns of what says that there are tabs before the first that is seen.
const CUT: usize = 2;

/// The tabs that have something to show for the row under the cursor, with their counts.
pub fn shown(model: &Model) -> Vec<(Tab, usize)> {
    let tabs = Tab::ALL.iter();
    tabs.filter_map(|tab| Some((*tab, tab.page().count(model)?)))
        .collect()
}

/// Brings the tab that is shown up to date, and the scrolling to within its lines.
pub fn settle(model: &mut Model) -> Vec<Effect> {
    attached::settle(model);
    let page = model.shown_tab().page();
    let effects = page.settle(model);
    let layout = Layout::of(model);
    let lines = page.len(model, layout.details_columns());
    let most = lines.saturating_sub(layout.details_rows());
    model.scroll = model.scroll.min(most);
    effects
}

/// To the next tab, or to the one before.
pub(super) fn turn(model: &mut Model, is_forward: bool) {
    let tabs = shown(model);
    let current = model.shown_tab();
    let at = tabs.iter().position(|(tab, _)| *tab == current);
    let step = if is_forward {
        1
    } else {
        tabs.len().saturating_sub(1)
    };
    if let Some((tab, _)) = tabs.get((at.unwrap_or(0) + step) % tabs.len().max(1)) {
        model.tab = *tab;
        model.scroll = 0;
    }
}

/// The tab with that number, and the keys to it.
pub(super) fn numbered(model: &mut Model, number: u8) {
    let Some(tab) = Tab::ALL.get(usize::from(number)).copied() else {
        model.notice = Some(format!("there is no tab {}", number.saturating_add(1)));
        return;
    };
    if tab.page().count(model).is_some() {
        choose(model, tab);
        model.focus = Focus::Details;
    } else {
        model.notice = Some(format!("this row has no tab {}", tab.page().title()));
    }
}

/// Another tab, from its beginning.
pub(super) fn choose(model: &mut Model, tab: Tab) {
    model.tab = tab;
    model.scroll = 0;
}

/// Draws the details: their frame, the line of the tabs, and the tab that is shown.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let has_focus = model.focus == Focus::Details;
    let title = format!(" {} ", model.details.title);
    let title = fit(
        &title,
        usize::from(area.width.saturating_sub(4)),
        theme.more(),
    );
    let block = Block::bordered()
        .border_set(theme.border_set())
        .border_style(theme.border(has_focus))
        .title(Span::styled(title, theme.strong()));
    frame.render_widget(block, area);
    let current = model.shown_tab();
    let mut spans = Vec::new();
    let layout = Layout::of(model);
    let (is_cut, labels) = labels(model, usize::from(layout.tabs().width));
    if is_cut {
        let before = if theme.is_ascii() { "< " } else { "‹ " };
        spans.push(Span::styled(before, theme.dim()));
    }
    for (number, (tab, label)) in labels.into_iter().enumerate() {
        if number > 0 {
            let line = if theme.is_ascii() { " | " } else { " │ " };
            spans.push(Span::styled(line, theme.dim()));
        }
        let style = if tab == current {
            theme.key().underlined()
        } else {
            theme.dim()
        };
        spans.push(Span::styled(label, style));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), layout.tabs());
    let inside = layout.details_inside();
    let rows = model.scroll..model.scroll.saturating_add(usize::from(inside.height));
    let lines = current.page().lines(model, usize::from(inside.width), rows);
    frame.render_widget(Paragraph::new(lines), inside);
}

/// The names of the tabs with their counts, and whether some before them are left out so that the shown one is in view.
fn labels(model: &Model, room: usize) -> (bool, Vec<(Tab, String)>) {
    let tabs = shown(model).into_iter();
    let mut labels: Vec<_> = tabs
        .map(|(tab, count)| match count {
            0 => (tab, tab.page().title().to_owned()),
            count => (tab, format!("{} {count}", tab.page().title())),
        })
        .collect();
    let current = model.shown_tab();
    let mut first = 0;
    if let Some(at) = labels.iter().position(|(tab, _)| *tab == current) {
        let end = |first: usize| {
            let labels = labels.iter().take(at + 1).skip(first);
            let before = if first > 0 { CUT } else { 0 };
            before + labels.map(|(_, label)| width(label) + GAP).sum::<usize>() - GAP
        };
        while first < at && end(first) > room {
            first += 1;
        }
    }
    labels.drain(..first);
    (first > 0, labels)
}

/// The tab at a place of the screen.
pub(super) fn at(model: &Model, layout: &Layout, at: Position) -> Option<Tab> {
    let area = layout.tabs();
    if !area.contains(at) {
        return None;
    }
    let (is_cut, labels) = labels(model, usize::from(area.width));
    let mut start = usize::from(area.x) + if is_cut { CUT } else { 0 };
    for (tab, label) in labels {
        let end = start + width(&label);
        if (start..end).contains(&usize::from(at.x)) {
            return Some(tab);
        }
        start = end + GAP;
    }
    None
}
