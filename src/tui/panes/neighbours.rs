//! The neighbourhood of one node, drawn: what leads to it on the left, what it leads to on the right, and how each was
//! found. Walking goes from node to node along the lines.
//!
//! ```text
//!  team/app:1.4.1  ─ names ──╮                                ╭── lists ─  image linux/amd64 eb802e…
//!  team/app:latest ─ names ──┼──▸  index 1.4.1 d08fe9a…  ─────┼── lists ─  image linux/arm64 77aa01…
//!  chart 0.3.0     ─ child ──╯                                ╰─ refers ─  signature 481009…
//! ```

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::graph::{EdgeKind, EdgeView, Graph, NodeId};
use crate::insight::outline;
use crate::oci::remote_text::clean;
use crate::tui::details;
use crate::tui::effect::Effect;
use crate::tui::history;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};
use crate::tui::popup;
use crate::tui::theme::Theme;
use crate::words::{counted, fit, fit_middle, width};

use super::{bind, moved};

const PLACE: Place = Place("neighbours");
/// Neighbours of one side that are looked at: a layer may be in every image.
const MOST: usize = 10_000;
/// Columns of the lines between the middle and a side, with the words upon them.
const WIRE: usize = 14;
/// From this many columns on the one in the middle is named there.
const WIDE: usize = 100;
/// Rows that a page key moves by.
const PAGE: usize = 10;

/// The key that opens it.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::BROWSE,
    "neighbours",
    &[Key::letter('M')],
    Action::Run(open),
    Group::Look,
    (
        "neighbours",
        "draw what leads to this and what it leads to, and walk along: h to what holds it, l to what it holds",
    ),
)];

/// Which side of the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// What leads to the middle.
    Holders,
    /// What the middle leads to, and what refers to it.
    Held,
}

/// The node in the middle, and the neighbour under the cursor.
#[derive(Debug)]
struct Neighbours {
    middle: NodeId,
    side: Side,
    cursor: usize,
}

/// A neighbour, and by which edge it is one.
#[derive(Clone, Copy, Debug)]
struct Neighbour {
    node: NodeId,
    edge: EdgeView,
}

fn open(model: &mut Model) -> Vec<Effect> {
    let selected = model.tree.selected();
    let node = selected.and_then(|line| line.entry.object().or_else(|| line.entry.node()));
    let Some(middle) = node else {
        model.notice = Some("this row is a heading: open it, and take a row below".to_owned());
        return Vec::new();
    };
    model.show(Neighbours {
        middle,
        side: Side::Held,
        cursor: 0,
    });
    Vec::new()
}

/// The neighbours of one side. A referrer's edge leads to its subject, and the subject is what it is about: it stands to
/// the left of the referrer, and the referrer to the right of it, as in the tree.
fn neighbours(graph: &Graph, node: NodeId, side: Side) -> Vec<Neighbour> {
    let is_subject = |edge: &EdgeView| edge.kind == EdgeKind::Subject;
    let (incoming, outgoing) = (graph.incoming(node), graph.outgoing(node));
    let from = |edge: EdgeView| Neighbour {
        node: edge.from,
        edge,
    };
    let to = |edge: EdgeView| Neighbour {
        node: edge.to,
        edge,
    };
    let found: Vec<_> = match side {
        Side::Holders => {
            let holders = incoming.into_iter().filter(|edge| !is_subject(edge));
            let subjects = outgoing.into_iter().filter(is_subject);
            holders
                .map(from)
                .chain(subjects.map(to))
                .take(MOST)
                .collect()
        }
        Side::Held => {
            let held = outgoing.into_iter().filter(|edge| !is_subject(edge));
            let referrers = incoming.into_iter().filter(is_subject);
            held.map(to).chain(referrers.map(from)).take(MOST).collect()
        }
    };
    found
}

/// What an edge says, in one word, read from the left to the right.
const fn word(edge: &EdgeView, side: Side) -> &'static str {
    match (edge.kind, side) {
        (EdgeKind::Contains, _) => "has",
        (EdgeKind::Names, _) => "names",
        (EdgeKind::Child, _) => "lists",
        (EdgeKind::Config, _) => "config",
        (EdgeKind::Layer, _) => "layer",
        (EdgeKind::Subject, _) => "about it",
    }
}

/// What a node is called beside the one in the middle; of a tag in the same repository the repository goes without saying.
fn name(model: &Model, node: NodeId, middle: NodeId) -> String {
    let graph = &model.known.graph;
    let view = graph.view(node);
    let path = view
        .repository
        .map(|repository| repository.path.to_string());
    let is_beside = node != middle && graph.repository_of(middle) == view.repository;
    let words = match (view.tag, view.digest) {
        (Some(tag), _) if is_beside => format!("tag {tag}"),
        (Some(tag), _) => format!("{}:{tag}", path.unwrap_or_default()),
        (None, Some(digest)) => {
            let thing = outline::thing(graph, node);
            let platform = view.platform.map(|platform| format!(" {platform}"));
            let thing = if platform.is_some() && thing == "manifest" {
                "image"
            } else {
                thing
            };
            format!("{thing}{} {}", platform.unwrap_or_default(), digest.short())
        }
        (None, None) => path
            .or_else(|| view.origin.map(ToString::to_string))
            .unwrap_or_default(),
    };
    clean(&words).into_owned()
}

impl Neighbours {
    fn of_side(&self, model: &Model) -> Vec<Neighbour> {
        neighbours(&model.known.graph, self.middle, self.side)
    }

    /// To a neighbour, so that it is the middle; the cursor is on where one came from.
    fn walk(&mut self, model: &Model, to: NodeId) {
        let from = std::mem::replace(&mut self.middle, to);
        let back = match self.side {
            Side::Holders => Side::Held,
            Side::Held => Side::Holders,
        };
        let graph = &model.known.graph;
        let behind = neighbours(graph, to, back);
        let ahead = neighbours(graph, to, self.side);
        if ahead.is_empty() {
            self.side = back;
            self.cursor = behind.iter().position(|one| one.node == from).unwrap_or(0);
        } else {
            self.cursor = 0;
        }
    }

    /// Towards a side: the cursor goes there, and from there on to the neighbour.
    fn towards(&mut self, model: &mut Model, side: Side) {
        if self.side != side {
            if neighbours(&model.known.graph, self.middle, side).is_empty() {
                model.notice = Some(match side {
                    Side::Holders => "nothing that is known leads here".to_owned(),
                    Side::Held => "this leads to nothing that is known".to_owned(),
                });
                return;
            }
            self.side = side;
            self.cursor = 0;
            return;
        }
        if let Some(neighbour) = self.of_side(model).get(self.cursor) {
            self.walk(model, neighbour.node);
        }
    }

    /// The first neighbour of a side that is shown in so many rows.
    fn first(&self, side: Side, count: usize, rows: usize) -> usize {
        if side != self.side {
            return 0;
        }
        let least = count.saturating_sub(rows);
        self.cursor.saturating_sub(rows / 2).min(least)
    }

    /// A side as lines: its names, its words, and the lines that run together in the middle.
    fn side(&self, model: &Model, side: Side, columns: usize, rows: usize) -> Vec<Line<'static>> {
        let theme = model.theme;
        let all = neighbours(&model.known.graph, self.middle, side);
        let first = self.first(side, all.len(), rows);
        let shown = all.iter().enumerate().skip(first).take(rows);
        let count = all.len().min(rows);
        let above = (rows - count) / 2;
        let mut lines = vec![Line::default(); above];
        let centre = rows / 2;
        for (at, (number, neighbour)) in shown.enumerate() {
            let is_current = side == self.side && number == self.cursor;
            let style = if is_current {
                theme.cursor(true)
            } else {
                theme.text()
            };
            let left = columns.saturating_sub(WIRE);
            let name = fit_middle(
                &name(model, neighbour.node, self.middle),
                left,
                theme.more(),
            );
            let gap = " ".repeat(left.saturating_sub(width(&name)));
            let joint = Joint::of(at, count, centre - above);
            let wire = wire(theme, word(&neighbour.edge, side), side, joint);
            let spans = match side {
                Side::Holders => vec![
                    Span::raw(gap),
                    Span::styled(name, style),
                    Span::styled(wire, theme.dim()),
                ],
                Side::Held => vec![Span::styled(wire, theme.dim()), Span::styled(name, style)],
            };
            lines.push(Line::from(spans));
        }
        lines
    }
}

/// Where the line of a neighbour meets the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    /// It is the only one, beside the middle.
    Straight,
    /// It is the topmost, above the middle.
    Top,
    /// It is the lowest, below the middle.
    Bottom,
    /// It is beside the middle, and others are above or below.
    Middle,
    /// It is between others.
    Between,
}

impl Joint {
    /// The joint of the `at`th of `count` lines, of which the middle is beside the `centre`th.
    fn of(at: usize, count: usize, centre: usize) -> Self {
        match at {
            _ if at == centre && count == 1 => Self::Straight,
            _ if at == centre => Self::Middle,
            0 if at < centre => Self::Top,
            _ if at + 1 == count && at > centre => Self::Bottom,
            _ => Self::Between,
        }
    }

    fn symbol(self, theme: Theme, side: Side) -> &'static str {
        if theme.is_ascii() {
            return match self {
                Self::Straight => "-",
                _ => "+",
            };
        }
        match (self, side) {
            (Self::Straight, _) => "─",
            (Self::Middle, _) => "┼",
            (Self::Top, Side::Holders) => "╮",
            (Self::Top, Side::Held) => "╭",
            (Self::Bottom, Side::Holders) => "╯",
            (Self::Bottom, Side::Held) => "╰",
            (Self::Between, Side::Holders) => "┤",
            (Self::Between, Side::Held) => "├",
        }
    }
}

/// The line to a neighbour, with its word.
fn wire(theme: Theme, word: &str, side: Side, joint: Joint) -> String {
    let dash = if theme.is_ascii() { "-" } else { "─" };
    let joint = joint.symbol(theme, side);
    let room = WIRE - 5;
    let word = fit(word, room, "");
    let line = dash.repeat(room.saturating_sub(width(&word)));
    match side {
        Side::Holders => format!(" {dash} {word} {line}{joint}"),
        Side::Held => format!("{joint}{line} {word} {dash} "),
    }
}

impl Pane for Neighbours {
    fn place(&self) -> Place {
        PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Panes
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape | Verb::Quit => return Flow::CLOSE,
            Verb::Back => self.towards(model, Side::Holders),
            Verb::NextPane => {
                let other = match self.side {
                    Side::Holders => Side::Held,
                    Side::Held => Side::Holders,
                };
                self.towards(model, other);
            }
            Verb::Open => self.towards(model, Side::Held),
            Verb::Mark => {
                if let Some(path) = history::path_to(model, self.middle) {
                    return Flow::Leave(path);
                }
                model.notice = Some("no row of the tree stands for this".to_owned());
            }
            _ => {
                let count = self.of_side(model).len();
                self.cursor = moved(self.cursor, count, PAGE, verb);
            }
        }
        Flow::STAY
    }

    fn rows(&self, model: &Model) -> Vec<String> {
        let neighbours = self.of_side(model).into_iter();
        neighbours
            .map(|one| name(model, one.node, self.middle))
            .collect()
    }

    fn cursor(&self, _: &Model) -> usize {
        self.cursor
    }

    fn put_cursor(&mut self, _: &mut Model, row: usize) {
        self.cursor = row;
    }

    fn row_at(&self, model: &Model, at: Position) -> Option<usize> {
        let inside = popup::inside(Layout::of(model).panes());
        let rows = usize::from(inside.height).saturating_sub(FOOT);
        let count = self.of_side(model).len();
        let above = (rows - count.min(rows)) / 2;
        let row = usize::from(at.y.checked_sub(inside.y)?).checked_sub(above)?;
        let row = row + self.first(self.side, count, rows);
        (row < count).then_some(row)
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        draw(self, model, frame, area);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        vec![
            Hint::new("h l", "walk"),
            Hint::new("j k", "neighbour"),
            keys.hint_as("mark", "to the tree", theme),
            keys.hint("back", theme),
        ]
    }
}

/// Rows at the foot, which tell how the edge under the cursor was found.
const FOOT: usize = 2;

fn draw(pane: &Neighbours, model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let graph = &model.known.graph;
    let count = |side| neighbours(graph, pane.middle, side).len();
    let title = format!(
        " {} led to by {}, leading to {} ",
        fit(&name(model, pane.middle, pane.middle), 60, theme.more()),
        counted(count(Side::Holders), "thing", "things"),
        counted(count(Side::Held), "thing", "things"),
    );
    let room = usize::from(area.width.saturating_sub(4));
    let title = fit(&title, room, theme.more());
    let inside = popup::draw_pane(model, frame, area, title, String::new());
    let rows = usize::from(inside.height).saturating_sub(FOOT);
    let columns = usize::from(inside.width);
    // Where there is no room for its name, the title has it.
    let middle = if columns < WIDE {
        outline::thing(graph, pane.middle).to_owned()
    } else {
        let name = name(model, pane.middle, pane.middle);
        fit_middle(&name, columns / 3, theme.more())
    };
    let middle_wide = width(&middle) + 2;
    let left = columns.saturating_sub(middle_wide) / 2;
    let right = columns.saturating_sub(middle_wide + left);
    let part = |x: usize, width: usize| Rect {
        x: inside.x + u16::try_from(x).unwrap_or(0),
        width: u16::try_from(width).unwrap_or(0),
        height: u16::try_from(rows).unwrap_or(0),
        ..inside
    };
    let holders = pane.side(model, Side::Holders, left, rows);
    frame.render_widget(Paragraph::new(holders), part(0, left));
    let mut lines = vec![Line::default(); rows / 2];
    lines.push(Line::styled(format!(" {middle} "), theme.strong()));
    frame.render_widget(Paragraph::new(lines), part(left, middle_wide));
    let held = pane.side(model, Side::Held, right, rows);
    frame.render_widget(Paragraph::new(held), part(left + middle_wide, right));
    let current = pane.of_side(model).get(pane.cursor).copied();
    let told = current.map(|one| {
        let ways = one.edge.found_by.iter().map(details::way_in_words);
        format!("found by {}", ways.collect::<Vec<_>>().join(", "))
    });
    let foot = Rect {
        y: inside.y + inside.height.saturating_sub(1),
        height: 1.min(inside.height),
        ..inside
    };
    let told = fit(&told.unwrap_or_default(), columns, theme.more());
    frame.render_widget(Paragraph::new(Span::styled(told, theme.dim())), foot);
}
