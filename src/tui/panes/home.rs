//! The first screen: what this is, and a line to type a target. Where a host lists nothing, the same line asks for a
//! repository.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};
use tui_input::Input;

use crate::graph::NodeState;
use crate::oci::Address;
use crate::oci::remote_text::clean;
use crate::tui::effect::Effect;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::{Model, Pin, Remember, Suggestion};
use crate::tui::pane::{Cover, Flow, Pane};
use crate::words::{fit, head, width, wrap};

use super::{bind, help, typing};

/// What an empty line opens.
const EXAMPLE: &str = "demo";

/// The key that opens it.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::BROWSE,
    "target",
    &[Key::letter('o')],
    Action::Run(open),
    Group::Do,
    ("other target", "open another target beside this one"),
)];

/// The first screen. What became of a target that it opened is the model's, since that comes later.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// What is being typed.
    pub input: Input,
    /// Which of [`Model::suggestions`] stands in the line.
    pub chosen: Option<usize>,
    /// Why a repository is asked for, where the line came by itself or a row asked for it.
    pub reason: Option<String>,
}

/// The target that is being opened, and why the last could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// As it was written.
    pub target: Option<String>,
    /// Why not.
    pub error: Option<String>,
}

fn open(model: &mut Model) -> Vec<Effect> {
    model.opening = Opening::default();
    model.show(Home::default());
    Vec::new()
}

impl Home {
    /// Its place: what the tree shows is asked for once it is gone.
    pub const PLACE: Place = Place("first screen");

    /// Whether escape goes back to the tree: what was not typed needs no clearing.
    fn leaves(&self, model: &Model) -> bool {
        let is_as_it_came = self.reason.is_some() || self.input.value().is_empty();
        is_as_it_came && !model.tree.roots().is_empty()
    }

    /// Keeps the chosen target on this screen for good, or no more.
    fn keep(&mut self, model: &mut Model) -> Flow {
        let Some(one) = self.chosen.and_then(|at| model.suggestions.get_mut(at)) else {
            return Flow::STAY;
        };
        let is_kept = one.pin == Pin::Recent;
        if one.pin == Pin::Configured {
            model.notice =
                Some("the configuration names it; regscope config says where".to_owned());
            return Flow::STAY;
        }
        one.pin = if is_kept { Pin::Kept } else { Pin::Recent };
        let target = one.target.clone();
        Flow::Stay(vec![Effect::Remember(target, Remember::Kept(is_kept))])
    }

    /// Offers the chosen target no more.
    fn forget(&mut self, model: &mut Model) -> Flow {
        let Some(at) = self.chosen else {
            return Flow::STAY;
        };
        let is_configured = |one: &Suggestion| one.pin == Pin::Configured;
        if model.suggestions.get(at).is_none_or(is_configured) {
            model.notice =
                Some("the configuration names it; regscope config says where".to_owned());
            return Flow::STAY;
        }
        let target = model.suggestions.remove(at).target;
        self.chosen = None;
        self.input.reset();
        Flow::Stay(vec![Effect::Remember(target, Remember::Forgotten)])
    }

    /// Puts the next or the last suggestion into the line; above the first it is empty again.
    fn choose(&mut self, suggestions: &[Suggestion], is_down: bool) {
        let last = suggestions.len().checked_sub(1);
        self.chosen = match (self.chosen, is_down) {
            (None, true) => last.map(|_| 0),
            (None, false) => last,
            (Some(at), true) => Some((at + 1).min(last.unwrap_or(0))),
            (Some(at), false) => at.checked_sub(1),
        };
        let chosen = self.chosen.and_then(|at| suggestions.get(at));
        self.input = Input::new(chosen.map(|one| one.target.clone()).unwrap_or_default());
    }
}

impl Pane for Home {
    fn place(&self) -> Place {
        Self::PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Screen
    }

    fn takes_letters(&self) -> bool {
        true
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Up | Verb::Down => {
                self.choose(&model.suggestions, verb == Verb::Down);
                model.opening.error = None;
            }
            Verb::Open => {
                if model.opening.target.is_some() {
                    return Flow::STAY;
                }
                let written = match self.input.value().trim() {
                    "" => EXAMPLE.to_owned(),
                    written => written.to_owned(),
                };
                model.opening = Opening {
                    target: Some(written.clone()),
                    error: None,
                };
                return Flow::Stay(vec![Effect::Open(written)]);
            }
            Verb::Escape if self.leaves(model) => return Flow::CLOSE,
            Verb::Escape => {
                self.input.reset();
                self.chosen = None;
                model.opening = Opening::default();
            }
            _ => {}
        }
        Flow::STAY
    }

    fn key(&mut self, model: &mut Model, key: KeyEvent) -> Flow {
        let is_empty = self.input.value().is_empty();
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Delete if self.chosen.is_some() => return self.forget(model),
            KeyCode::Char('k') if has_control && self.chosen.is_some() => return self.keep(model),
            KeyCode::F(1) => help::show(model),
            KeyCode::Char('?') if is_empty => help::show(model),
            _ => {
                typing::key(&mut self.input, key);
                self.chosen = None;
                model.opening.error = None;
            }
        }
        Flow::STAY
    }

    fn paste(&mut self, _: &mut Model, text: &str) {
        typing::insert(&mut self.input, text);
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        frame.render_widget(Clear, area);
        draw(model, self, frame, area);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        let [up, down, ..] = theme.arrows();
        let mut hints = vec![keys.hint("open", theme)];
        if !model.suggestions.is_empty() {
            hints.push(Hint::new(format!("{up} {down}"), "choose"));
        }
        let escape = if self.leaves(model) { "back" } else { "clear" };
        hints.push(keys.hint_as("back", escape, theme));
        if self.chosen.is_some() {
            hints.extend([Hint::new("^k", "keep"), Hint::new("del", "forget")]);
        }
        hints.extend([Hint::new("F1", "help"), Hint::new("^c", "quit")]);
        hints
    }
}

/// Whether no root of the screen could be read at all: a host or a name that was mistyped, mostly.
pub(super) fn is_barren(model: &Model) -> bool {
    let graph = &model.known.graph;
    let is_nothing = |root: &Address| {
        graph.find(root).is_some_and(|node| {
            graph.absence(node).is_some()
                && graph.state(node) != NodeState::Loaded
                && graph.outgoing(node).is_empty()
        })
    };
    model.tree.roots().iter().all(is_nothing)
}

/// Back to the first screen from where there is nothing to see.
pub(super) fn leave_barren(model: &mut Model) {
    model.tree.forget_roots();
    open(model);
}

/// A target was opened, or could not be.
pub fn opened(model: &mut Model, opened: Result<Address, String>) {
    let was_awaited = model.opening.target.take().is_some();
    match opened {
        Ok(root) => {
            model.panes.clear();
            if let Address::Registry(origin) = &root {
                // Whoever opens a host anew may be asked anew.
                model.asked_for_repository.remove(origin);
            }
            model.known.begin_at(&root);
            model.tree.add_root(&model.known.graph, &root);
        }
        // Whoever cleared the line does not wait for this any more.
        Err(error) if model.has(Home::PLACE) => {
            model.opening.error = was_awaited.then_some(error);
        }
        Err(error) => model.notice = Some(error),
    }
}

/// What can be typed, by example.
const EXAMPLES: [(&str, &str); 5] = [
    ("demo", "the built-in example; nothing is sent"),
    ("registry.example.com/team/app", "a repository"),
    ("127.0.0.1:5000", "a registry, with its catalog"),
    ("alpine", "a repository of Docker Hub"),
    ("oci:./folder", "an OCI image layout"),
];

fn draw(model: &Model, home: &Home, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let width_wanted = 76.min(area.width.saturating_sub(4));
    let height = 20.min(area.height.saturating_sub(1));
    let middle = Rect {
        x: (area.width - width_wanted) / 2,
        y: (area.height.saturating_sub(height + 1)) / 3,
        width: width_wanted,
        height,
    };
    let room = usize::from(middle.width);
    let mut lines = match &home.reason {
        Some(reason) => asked(model, reason, room, usize::from(middle.height)),
        None => introduction(model, room),
    };
    lines.push(Line::default());
    let at = u16::try_from(lines.len()).unwrap_or(0);
    frame.render_widget(Paragraph::new(lines), middle);
    let field = Rect {
        y: middle.y + at,
        height: 3.min(middle.height.saturating_sub(at)),
        ..middle
    };
    input(model, home, frame, field);
    let below = Rect {
        y: field.y + field.height,
        height: (middle.y + middle.height).saturating_sub(field.y + field.height),
        ..middle
    };
    let mut lines = Vec::new();
    if let Some(error) = &model.opening.error {
        lines.extend(
            wrap(error, room)
                .into_iter()
                .map(|text| Line::styled(text, theme.bad())),
        );
    } else if let Some(opening) = &model.opening.target {
        lines.push(Line::styled(format!("opening {opening} …"), theme.dim()));
    }
    if home.reason.is_some() {
        frame.render_widget(Paragraph::new(lines), below);
        return;
    }
    lines.push(Line::default());
    let left = usize::from(below.height).saturating_sub(lines.len());
    lines.extend(offers(model, home, room, left));
    frame.render_widget(Paragraph::new(lines), below);
}

/// What this is.
fn introduction(model: &Model, room: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled("regscope", model.theme.heading())];
    for text in [
        "See what a container registry really holds: tags, platforms, layers,",
        "and what is attached to them: signatures, SBOMs, provenance.",
        "It only reads.",
    ] {
        lines.extend(wrap(text, room).into_iter().map(Line::raw));
    }
    lines
}

/// Why a repository is asked for. The line to type it has its place on every screen, and one line for what goes wrong.
fn asked(model: &Model, reason: &str, room: usize, height: usize) -> Vec<Line<'static>> {
    /// The empty line, the frame with the line to type, and the line for what goes wrong.
    const BELOW: usize = 5;
    let most = height.saturating_sub(BELOW).max(1);
    let mut pieces = wrap(&clean(reason), room);
    let is_cut = pieces.len() > most;
    pieces.truncate(most);
    if let Some(last) = pieces.last_mut().filter(|_| is_cut) {
        let more = model.theme.more();
        *last = format!("{}{more}", head(last, room.saturating_sub(width(more))));
    }
    let style = model.theme.warning();
    let lines = pieces.into_iter();
    lines.map(|piece| Line::styled(piece, style)).collect()
}

/// What can be opened: pinned and recent targets, and below them, where there is room, what can be typed.
fn offers(model: &Model, home: &Home, room: usize, rows: usize) -> Vec<Line<'static>> {
    let theme = model.theme;
    let line = |target: &str, words: &str, is_chosen: bool| {
        // A long target leaves its words no room, and needs it more.
        let target = fit(&clean(target), room, theme.more());
        let gap = 32usize.saturating_sub(width(&target)).max(1);
        let left = room.saturating_sub(width(&target) + gap);
        let style = if is_chosen {
            theme.cursor(true)
        } else {
            theme.key()
        };
        Line::from(vec![
            Span::styled(target, style),
            Span::raw(" ".repeat(gap)),
            Span::styled(fit(words, left, theme.more()), theme.dim()),
        ])
    };
    let mut lines = Vec::new();
    for (at, one) in model.suggestions.iter().enumerate() {
        let words = match one.pin {
            Pin::Configured => "pinned by the configuration",
            Pin::Kept => "kept",
            Pin::Recent => "recent",
        };
        lines.push(line(&one.target, words, home.chosen == Some(at)));
    }
    // The chosen one is always among those that are shown.
    let hidden = home.chosen.map_or(0, |at| (at + 1).saturating_sub(rows));
    lines.drain(..hidden.min(lines.len()));
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines.extend(EXAMPLES.map(|(target, words)| line(target, words, false)));
    lines.truncate(rows);
    lines
}

fn input(model: &Model, home: &Home, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let block = Block::bordered()
        .border_set(theme.border_set())
        .border_style(theme.border(true))
        .title(Span::styled(
            match home.reason {
                Some(_) => " Which repository ",
                None => " What to look at ",
            },
            theme.strong(),
        ));
    frame.render_widget(block, area);
    let inside = area.inner(Margin::new(2, 1));
    let room = usize::from(inside.width.saturating_sub(1));
    let scroll = home.input.visual_scroll(room);
    if home.input.value().is_empty() {
        let words = fit("demo", room, theme.more());
        frame.render_widget(Paragraph::new(Span::styled(words, theme.dim())), inside);
    } else {
        let value = clean(home.input.value());
        let value: String = value.chars().skip(scroll).collect();
        frame.render_widget(Paragraph::new(head(&value, room)), inside);
    }
    let column = home.input.visual_cursor().saturating_sub(scroll);
    let x = inside.x
        + u16::try_from(column)
            .unwrap_or(0)
            .min(inside.width.saturating_sub(1));
    frame.set_cursor_position(Position::new(x, inside.y));
}
