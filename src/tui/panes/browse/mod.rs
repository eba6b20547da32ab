//! Tree and details: their keys, and which of the two has them.

mod columns;
pub(super) mod marks;
mod mouse;
mod tree;
mod unknown;

use ratatui::Frame;
use ratatui::crossterm::event::KeyCode;

use crate::insight::outline::What;
use crate::tui::effect::Effect;
use crate::tui::fetch_plan;
use crate::tui::history;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::layout::Layout;
use crate::tui::model::{Focus, Model};
use crate::tui::repository_question as question;
use crate::tui::tree::Sort;

use super::{bind, home, links, tabs};

pub(super) use mouse::moused;

/// Percent by which a key moves the line between the panes, and between which it stays.
const SPLIT_STEP: u16 = 5;
const SPLIT_LEAST: u16 = 32;
const SPLIT_MOST: u16 = 72;

const fn here(
    name: &'static str,
    keys: &'static [Key],
    run: fn(&mut Model) -> Vec<Effect>,
    group: Group,
    words: (&'static str, &'static str),
) -> Binding {
    bind(Place::BROWSE, name, keys, Action::Run(run), group, words)
}

/// The keys of tree and details, without those that open other panes.
pub(super) const KEYS: &[Binding] = &[
    here(
        "fold-all",
        &[Key::letter('-'), Key::shift(KeyCode::Left)],
        fold_all,
        Group::Move,
        ("fold all", "fold everything"),
    ),
    here(
        "unfold",
        &[Key::letter('='), Key::shift(KeyCode::Right)],
        unfold,
        Group::Move,
        ("unfold", "open all that is known below the row"),
    ),
    here(
        "other-up",
        &[Key::letter('K'), Key::shift(KeyCode::Up)],
        other_up,
        Group::Look,
        ("scroll", "the other pane one row up"),
    ),
    here(
        "other-down",
        &[Key::shift(KeyCode::Down)],
        other_down,
        Group::Look,
        ("scroll", "the other pane one row down"),
    ),
    here(
        "json",
        &[Key::letter('J')],
        tabs::raw::toggle,
        Group::Look,
        ("raw", "the raw document, as JSON"),
    ),
    here(
        "zoom",
        &[Key::letter('z'), Key::letter('+')],
        zoom,
        Group::Look,
        ("zoom", "one pane over the whole screen, and back"),
    ),
    here(
        "narrower",
        &[Key::letter('<')],
        narrower,
        Group::Look,
        ("narrower", "less room for the tree, more for the details"),
    ),
    here(
        "wider",
        &[Key::letter('>')],
        wider,
        Group::Look,
        ("wider", "more room for the tree, less for the details"),
    ),
    here(
        "sort",
        &[Key::letter('s')],
        sort,
        Group::Look,
        (
            "sort",
            "tags by version, by date, by size; packages by the next column",
        ),
    ),
    here(
        "range",
        &[Key::letter('v')],
        marks::range,
        Group::Do,
        (
            "range",
            "begin a range here; v or space at its end marks it",
        ),
    ),
    here(
        "mark-shown",
        &[Key::letter('*')],
        marks::shown,
        Group::Do,
        (
            "mark all",
            "mark every image that is shown; with / all that match",
        ),
    ),
    here(
        "invert-marks",
        &[Key::letter('\\')],
        marks::invert,
        Group::Do,
        (
            "invert",
            "mark every image that is shown and has no mark, and take the others' marks away",
        ),
    ),
    here(
        "ask-again",
        &[Key::letter('r'), Key::letter('R'), Key::ctrl('r')],
        again,
        Group::Do,
        ("ask again", "ask the registry again for this row"),
    ),
];

/// What tree and details make of a verb.
pub(super) fn act(model: &mut Model, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::Quit => return vec![Effect::Quit],
        Verb::NextPane => {
            model.focus = match model.focus {
                Focus::Tree => Focus::Details,
                Focus::Details => Focus::Tree,
            };
        }
        Verb::NextTab | Verb::PreviousTab => tabs::turn(model, verb == Verb::NextTab),
        Verb::Tab(number) => tabs::numbered(model, number),
        Verb::Mark => marks::toggle(model),
        _ => match model.focus {
            Focus::Tree => in_tree(model, verb),
            Focus::Details => match model.shown_tab().page().act(model, verb) {
                Some(effects) => return effects,
                None => return in_details(model, verb),
            },
        },
    }
    Vec::new()
}

fn in_tree(model: &mut Model, verb: Verb) {
    let tree = &mut model.tree;
    match verb {
        Verb::Up => tree.move_by(-1),
        Verb::Down => tree.move_by(1),
        Verb::PageUp => tree.page(-1),
        Verb::PageDown => tree.page(1),
        Verb::First => tree.select(0),
        Verb::Last => tree.select(usize::MAX),
        Verb::Open => open(model),
        Verb::Back | Verb::Escape => back(model, verb == Verb::Escape),
        _ => {}
    }
}

/// Closes the row, or goes to what it stands under. Escape first takes back what lies over the tree: a range, a filter,
/// marks; and comes back from a row that a pane went to.
fn back(model: &mut Model, is_escape: bool) {
    let is_filtered = !model.tree.filter().is_empty();
    if is_escape && is_filtered && model.range.is_none() {
        model.tree.clear_filter(&model.known.graph);
        return;
    }
    if is_escape && (history::back_to_pane(model) || marks::clear(model)) {
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
fn open(model: &mut Model) {
    let Some(line) = model.tree.selected().cloned() else {
        return;
    };
    if let Some(asking) = question::on_row(model) {
        model.show(asking);
    } else if !model
        .tree
        .outline()
        .has_children(&model.known.graph, &line.entry)
    {
        model.focus = Focus::Details;
    } else if line.is_open {
        model.tree.into_first();
    } else {
        model.tree.set_open(true);
    }
}

fn in_details(model: &mut Model, verb: Verb) -> Vec<Effect> {
    let page = Layout::of(model).details_rows().saturating_sub(1).max(1);
    match verb {
        Verb::Up => model.scroll = model.scroll.saturating_sub(1),
        Verb::Down => model.scroll = model.scroll.saturating_add(1),
        Verb::PageUp => model.scroll = model.scroll.saturating_sub(page),
        Verb::PageDown => model.scroll = model.scroll.saturating_add(page),
        Verb::First => model.scroll = 0,
        Verb::Last => model.scroll = usize::MAX,
        Verb::Open => {
            if let Some(effects) = links::follow(model) {
                return effects;
            }
            tabs::turn(model, true);
        }
        Verb::Back | Verb::Escape => {
            model.focus = Focus::Tree;
            model.is_zoomed = false;
        }
        _ => {}
    }
    Vec::new()
}

fn fold_all(model: &mut Model) -> Vec<Effect> {
    model.tree.fold_all();
    Vec::new()
}

fn unfold(model: &mut Model) -> Vec<Effect> {
    let opened = model.tree.unfold_below(&model.known.graph);
    model.notice = (opened == 0).then(|| "nothing is known below this row yet".to_owned());
    Vec::new()
}

fn zoom(model: &mut Model) -> Vec<Effect> {
    model.is_zoomed = !model.is_zoomed;
    Vec::new()
}

fn narrower(model: &mut Model) -> Vec<Effect> {
    model.split = model.split.saturating_sub(SPLIT_STEP).max(SPLIT_LEAST);
    Vec::new()
}

fn wider(model: &mut Model) -> Vec<Effect> {
    model.split = (model.split + SPLIT_STEP).min(SPLIT_MOST);
    Vec::new()
}

fn other_up(model: &mut Model) -> Vec<Effect> {
    scroll_other(model, -1)
}

fn other_down(model: &mut Model) -> Vec<Effect> {
    scroll_other(model, 1)
}

/// Scrolls the pane that the keys do not go to.
fn scroll_other(model: &mut Model, rows: isize) -> Vec<Effect> {
    match model.focus {
        Focus::Tree => model.scroll = model.scroll.saturating_add_signed(rows),
        Focus::Details => model.tree.move_by(rows),
    }
    Vec::new()
}

fn sort(model: &mut Model) -> Vec<Effect> {
    let next = model.tree.sort().next();
    sort_by(model, next);
    Vec::new()
}

fn sort_by(model: &mut Model, sort: Sort) {
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

fn again(model: &mut Model) -> Vec<Effect> {
    let Some(line) = model.tree.selected() else {
        return Vec::new();
    };
    let mut questions = fetch_plan::again(&model.known.graph, line);
    if let Some(node) = line.entry.object() {
        let failed = fetch_plan::failed_below(&model.known.graph, node).into_iter();
        questions.extend(
            failed
                .filter(|one| !questions.contains(one))
                .collect::<Vec<_>>(),
        );
    }
    let place = fetch_plan::place_of(&model.known.graph, line);
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

/// Draws both, or the one that has the focus where there is no room for both.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let layout = Layout::of(model);
    if let Some(area) = layout.tree {
        tree::draw(model, frame, area);
    }
    if let Some(area) = layout.details {
        tabs::draw(model, frame, area);
    }
}

/// The keys that make sense now, with what they do.
pub(super) fn hints(model: &Model) -> Vec<Hint> {
    let (keys, theme) = (&model.keys, model.theme);
    if model.range.is_some() {
        return vec![
            Hint::new("j k", "more rows"),
            keys.hint_as("range", "mark them", theme),
            keys.hint_as("back", "not now", theme),
        ];
    }
    let selected = model.tree.selected();
    let what = selected.map(|line| &line.entry.what);
    let is_object = selected.is_some_and(|line| line.entry.object().is_some());
    let is_note = matches!(what, Some(What::Note(..)));
    let mut names = match model.focus {
        Focus::Tree => vec!["open", "back", "help", "quit"],
        Focus::Details => vec!["down", "next-tab", "help", "quit", "back"],
    };
    if is_note {
        names.extend(["ask-again", "target"]);
    }
    if is_object {
        names.extend(["mark", "impact", "why"]);
    }
    if !is_object && !model.marked.is_empty() {
        names.push("impact");
    }
    if model.details.document.is_some() {
        names.push("json");
    }
    let of_tab = match model.focus {
        Focus::Tree => Vec::new(),
        Focus::Details => model.shown_tab().page().hints(model),
    };
    names.extend(["find", "go-to", "pane", "copy"]);
    if !is_note {
        names.push("ask-again");
    }
    let hints = names.iter().map(|name| keys.hint(name, theme));
    let mut hints: Vec<_> = of_tab.into_iter().chain(hints).collect();
    if model.focus == Focus::Tree
        && question::without_catalog(model).is_some()
        && let Some(hint) = hints.first_mut()
    {
        // What opening means here.
        "name a repository".clone_into(&mut hint.verb);
    }
    hints
}
