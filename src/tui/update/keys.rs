//! Keys: which mode takes them, and what they do in the two panes.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::Input;

use crate::graph::EdgeKind;
use crate::insight::outline::{self, What};
use crate::tui::details::{self, path_in_words};
use crate::tui::effect::Effect;
use crate::tui::keymap::{self, Action};
use crate::tui::model::{Mode, Model, Pane, Tab, UsedBy};
use crate::tui::tree::Sort;
use crate::tui::view::layout::Layout;

use super::{ask, history, home, impact, mark, overlay, wants, why};

/// How many paths "used by" tells.
const PATHS: usize = 40;
/// Percent by which a key moves the line between the panes, and between which it stays.
const SPLIT_STEP: u16 = 5;
const SPLIT_LEAST: u16 = 32;
const SPLIT_MOST: u16 = 72;

pub(super) fn pressed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    model.notice = None;
    let is_interrupt =
        key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    if is_interrupt {
        return vec![Effect::Quit];
    }
    match model.mode {
        Mode::Browse => match keymap::action(key) {
            Some(action) => act(model, action, key),
            None => Vec::new(),
        },
        Mode::Home(_) => home::pressed(model, key),
        Mode::Impact => impact::pressed(model, key),
        Mode::Why => why::pressed(model, key),
        _ => overlay::pressed(model, key),
    }
}

fn act(model: &mut Model, action: Action, key: KeyEvent) -> Vec<Effect> {
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Redraw => return vec![Effect::Redraw],
        Action::Mouse => {
            model.has_mouse = !model.has_mouse;
            model.notice = Some(if model.has_mouse {
                "the mouse works here again".to_owned()
            } else {
                "the mouse selects text now; m takes it back".to_owned()
            });
            return vec![Effect::Mouse(model.has_mouse)];
        }
        Action::Again => return again(model),
        Action::LoadAll => load_all(model),
        Action::Target => home::enter(model),
        Action::Help => model.mode = Mode::Help(0),
        Action::Filter => model.mode = Mode::Filter(Input::new(model.tree.filter().to_owned())),
        Action::GoTo => model.mode = Mode::GoTo(Input::default()),
        Action::Copy => model.mode = Mode::Copy,
        Action::NextMatch | Action::PreviousMatch => next_match(model, action == Action::NextMatch),
        Action::NextPane => {
            model.focus = match model.focus {
                Pane::Tree => Pane::Details,
                Pane::Details => Pane::Tree,
            };
        }
        Action::NextTab | Action::PreviousTab => next_tab(model, action == Action::NextTab),
        Action::NumberedTab => numbered_tab(model, key),
        Action::Raw => raw(model),
        Action::OtherUp | Action::OtherDown => scroll_other(model, action == Action::OtherDown),
        Action::Narrower => model.split = model.split.saturating_sub(SPLIT_STEP).max(SPLIT_LEAST),
        Action::Wider => model.split = (model.split + SPLIT_STEP).min(SPLIT_MOST),
        Action::Sort => sort(model),
        Action::Zoom => model.is_zoomed = !model.is_zoomed,
        Action::UsedBy => used_by(model),
        Action::Subject => subject(model),
        Action::Return => history::back(model),
        Action::Forward => history::forward(model),
        Action::Mark => mark::toggle(model),
        Action::Range => mark::range(model),
        Action::Impact => return impact::open(model),
        Action::Why => return why::of_row(model),
        Action::Log => model.mode = Mode::Log(0),
        Action::FoldAll => model.tree.fold_all(),
        Action::UnfoldBelow => {
            let opened = model.tree.unfold_below(&model.known.graph);
            model.notice = (opened == 0).then(|| "nothing is known below this row yet".to_owned());
        }
        _ => match model.focus {
            Pane::Tree => in_tree(model, action, key),
            Pane::Details => in_details(model, action),
        },
    }
    Vec::new()
}

fn in_tree(model: &mut Model, action: Action, key: KeyEvent) {
    let tree = &mut model.tree;
    match action {
        Action::Up => tree.move_by(-1),
        Action::Down => tree.move_by(1),
        Action::PageUp => tree.page(-1),
        Action::PageDown => tree.page(1),
        Action::First => tree.select(0),
        Action::Last => tree.select(usize::MAX),
        Action::Open => open(model),
        Action::Back => back(model, key.code == KeyCode::Esc),
        _ => {}
    }
}

/// Closes the row, or goes to what it stands under. Escape first takes back what lies over the tree: a range, a filter,
/// marks.
fn back(model: &mut Model, is_escape: bool) {
    let is_filtered = !model.tree.filter().is_empty();
    if is_escape && is_filtered && model.range.is_none() {
        model.tree.clear_filter(&model.known.graph);
        return;
    }
    if is_escape && mark::clear(model) {
        return;
    }
    let is_open = model.tree.selected().is_some_and(|line| line.is_open);
    if is_open && !is_filtered {
        model.tree.set_open(false);
    } else if !model.tree.to_holder() && is_escape && home::is_barren(model) {
        home::leave_barren(model);
    }
}

/// Opens the row; goes into one that is open; a row with nothing below it shows its details.
pub(super) fn open(model: &mut Model) {
    let Some(line) = model.tree.selected().cloned() else {
        return;
    };
    if ask::on_row(model) {
        return;
    }
    if !model
        .tree
        .outline()
        .has_children(&model.known.graph, &line.entry)
    {
        model.focus = Pane::Details;
    } else if line.is_open {
        model.tree.into_first();
    } else {
        model.tree.set_open(true);
    }
}

fn in_details(model: &mut Model, action: Action) {
    let page = Layout::of(model).details_rows().saturating_sub(1).max(1);
    match action {
        Action::Up => model.scroll = model.scroll.saturating_sub(1),
        Action::Down => model.scroll = model.scroll.saturating_add(1),
        Action::PageUp => model.scroll = model.scroll.saturating_sub(page),
        Action::PageDown => model.scroll = model.scroll.saturating_add(page),
        Action::First => model.scroll = 0,
        Action::Last => model.scroll = usize::MAX,
        Action::Open => next_tab(model, true),
        Action::Back => {
            model.focus = Pane::Tree;
            model.is_zoomed = false;
        }
        _ => {}
    }
}

fn next_tab(model: &mut Model, is_forward: bool) {
    let tabs = model.details.tabs();
    let shown = model.shown_tab();
    let at = tabs.iter().position(|(tab, _)| *tab == shown).unwrap_or(0);
    let step = if is_forward {
        1
    } else {
        tabs.len().saturating_sub(1)
    };
    if let Some((tab, _)) = tabs.get((at + step) % tabs.len().max(1)) {
        model.tab = *tab;
        model.scroll = 0;
    }
}

/// The tab with the number that was typed, and the keys to it.
fn numbered_tab(model: &mut Model, key: KeyEvent) {
    let KeyCode::Char(digit) = key.code else {
        return;
    };
    let number = digit.to_digit(10).and_then(|digit| digit.checked_sub(1));
    let tab = number.and_then(|number| Tab::ALL.get(usize::try_from(number).ok()?));
    let Some(tab) = tab.copied() else { return };
    if model.details.tabs().iter().any(|(shown, _)| *shown == tab) {
        model.tab = tab;
        model.scroll = 0;
        model.focus = Pane::Details;
    } else {
        model.notice = Some(format!("this row has no tab {}", tab.title()));
    }
}

/// Scrolls the pane that the keys do not go to.
fn scroll_other(model: &mut Model, is_down: bool) {
    let rows = if is_down { 1 } else { -1 };
    match model.focus {
        Pane::Tree => model.scroll = model.scroll.saturating_add_signed(rows),
        Pane::Details => model.tree.move_by(rows),
    }
}

fn sort(model: &mut Model) {
    let sort = model.tree.sort().next();
    model.tree.set_sort(sort);
    model.notice = Some(match sort {
        Sort::Version => "tags by version".to_owned(),
        // An order that leaves rows out of account says so.
        Sort::Date | Sort::Size => format!(
            "tags {} under each heading; where that is not known, last",
            sort.words()
        ),
    });
}

fn raw(model: &mut Model) {
    if model.details.document.is_none() {
        model.notice = Some("there is no document to show: it was not read".to_owned());
        return;
    }
    if model.shown_tab() == Tab::Raw {
        model.tab = Tab::Overview;
        model.focus = Pane::Tree;
    } else {
        model.tab = Tab::Raw;
        model.focus = Pane::Details;
    }
    model.scroll = 0;
}

fn again(model: &mut Model) -> Vec<Effect> {
    let Some(line) = model.tree.selected() else {
        return Vec::new();
    };
    let mut questions = wants::again(&model.known.graph, line);
    if let Some(node) = line.entry.object() {
        let failed = wants::failed_below(&model.known.graph, node).into_iter();
        questions.extend(
            failed
                .filter(|one| !questions.contains(one))
                .collect::<Vec<_>>(),
        );
    }
    let place = wants::place_of(&model.known.graph, line);
    model.notice = Some(match questions.len() {
        0 => "there is nothing to ask for this row".to_owned(),
        _ => "asking again".to_owned(),
    });
    for question in &questions {
        model.wanted.remove(question);
        model.again.insert(question.clone());
    }
    // First what failed, or the list would be asked for twice where it failed.
    let failed = place
        .map(|place| Effect::AgainFailed(Some(place)))
        .into_iter();
    failed
        .chain(questions.into_iter().map(Effect::Again))
        .collect()
}

fn load_all(model: &mut Model) {
    let remaining = wants::remaining(model);
    if remaining.requests() > 0 {
        model.mode = Mode::LoadAll(remaining);
    } else {
        model.notice = Some("nothing is left to load".to_owned());
    }
}

fn next_match(model: &mut Model, is_forward: bool) {
    let text = model.tree.filter().to_owned();
    if text.is_empty() {
        model.notice = Some("nothing to find yet: / begins".to_owned());
    } else if !model.tree.next_match(&model.known.graph, &text, is_forward) {
        model.notice = Some(format!("nothing else matches {text}"));
    }
}

fn used_by(model: &mut Model) {
    let node = model
        .tree
        .selected()
        .and_then(|line| details::subject_of(&line.entry));
    let Some(node) = node else {
        model.notice = Some(held_by_nothing(model).to_owned());
        return;
    };
    let paths = model.known.graph.paths(node, PATHS);
    let then = model.theme.then();
    let paths: Vec<_> = paths
        .iter()
        .map(|steps| {
            let row = outline::along(&model.known.graph, model.tree.roots(), steps);
            (
                path_in_words(&model.known.graph, &model.known.content, steps, then),
                row,
            )
        })
        .collect();
    if paths.is_empty() {
        model.notice = Some("nothing that is known holds this".to_owned());
        return;
    }
    model.mode = Mode::UsedBy(UsedBy {
        title: model.details.title.clone(),
        paths,
        cursor: 0,
    });
}

/// Why nobody can be told who holds the row.
fn held_by_nothing(model: &Model) -> &'static str {
    match model.tree.selected().map(|line| &line.entry.what) {
        Some(What::Registry(_)) => "nothing holds a registry",
        Some(What::Repository(_)) => "only its registry holds a repository",
        Some(What::Tags(_)) => "it is not known yet what this tag names",
        Some(What::Pending(_)) => "nothing is known of this yet",
        Some(What::Fold { .. }) => "this row is a heading: nothing holds it",
        _ => "there is nothing here",
    }
}

fn subject(model: &mut Model) {
    let node = model.tree.selected().and_then(|line| line.entry.object());
    let edges = node
        .map(|node| model.known.graph.outgoing(node))
        .unwrap_or_default();
    let subject = edges.iter().find(|edge| edge.kind == EdgeKind::Subject);
    match subject {
        Some(edge) => history::go_to(model, edge.to),
        None => model.notice = Some("this is about nothing else".to_owned()),
    }
}
