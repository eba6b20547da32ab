//! The line in which one types where to go, or what to do by its name, with what could be meant above it.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use tui_input::Input;

use crate::graph::NodeKind;
use crate::insight::outline;
use crate::oci::remote_text::clean;
use crate::tui::effect::Effect;
use crate::tui::history;
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};
use crate::words::fit;

use super::bind;
use super::typing;

const PLACE: Place = Place("go to");
/// Completions that are offered.
const OFFERED: usize = 8;
/// Columns of what is completed.
const NAME: usize = 30;

/// The key that begins it.
pub(super) const KEYS: &[Binding] = &[bind(
    Place::BROWSE,
    "go-to",
    &[Key::letter(':')],
    Action::Run(open),
    Group::Find,
    (
        "go to",
        "to a tag, repository:tag, repository or the beginning of a digest; or what is to be done, by its name",
    ),
)];

/// What is being typed.
#[derive(Debug, Default)]
struct GoTo(Input);

fn open(model: &mut Model) -> Vec<Effect> {
    model.show(GoTo::default());
    Vec::new()
}

impl GoTo {
    /// What could be meant, with a word on each: first what can be done, then tags and repositories.
    ///
    /// Cost: `O(V)` where few names begin so.
    fn offers(&self, model: &Model) -> Vec<(String, &'static str)> {
        let text = self.0.value().trim();
        let commands = model.keys.commands();
        let commands = commands.filter(|(binding, _)| binding.name.starts_with(text));
        let commands = commands.map(|(binding, _)| (binding.name.to_owned(), binding.help));
        let mut offers: Vec<_> = commands.take(OFFERED).collect();
        if text.is_empty() {
            return offers;
        }
        let graph = &model.known.graph;
        let names = graph.nodes().filter_map(|node| {
            let repository = graph.repository_of(node)?;
            match graph.kind(node) {
                NodeKind::Repository => {
                    let path = repository.path.as_str();
                    let is_meant = path.starts_with(text);
                    is_meant.then(|| (clean(path).into_owned(), "repository"))
                }
                NodeKind::Tag => {
                    let tag = graph.tag_name(node)?.as_str();
                    let reference = || format!("{}:{tag}", repository.path);
                    let is_meant = tag.starts_with(text)
                        || text.contains(':') && reference().starts_with(text);
                    is_meant.then(|| (clean(&reference()).into_owned(), "tag"))
                }
                _ => None,
            }
        });
        offers.extend(names.take(OFFERED.saturating_sub(offers.len())));
        offers
    }
}

impl Pane for GoTo {
    fn place(&self) -> Place {
        PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Line
    }

    fn takes_letters(&self) -> bool {
        true
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Escape => Flow::CLOSE,
            Verb::NextPane => {
                if let Some((first, _)) = self.offers(model).into_iter().next() {
                    self.0 = Input::new(first);
                }
                Flow::STAY
            }
            Verb::Open => {
                let text = self.0.value().trim().to_owned();
                let name = if text == "q" { "quit" } else { text.as_str() };
                if let Some(action) = model.keys.command(name) {
                    return Flow::Close(match action {
                        Action::Run(run) => run(model),
                        Action::Verb(verb) => super::browse::act(model, verb),
                    });
                }
                match outline::look_up(&model.known.graph, &text) {
                    Some(node) => history::go_to(model, node),
                    None if text.is_empty() => {}
                    None => {
                        model.notice = Some(format!(
                            "nothing that is loaded is called {text}, and no digest begins with it; o opens another target"
                        ));
                    }
                }
                Flow::CLOSE
            }
            _ => Flow::STAY,
        }
    }

    fn key(&mut self, _: &mut Model, key: KeyEvent) -> Flow {
        typing::key(&mut self.0, key);
        Flow::STAY
    }

    fn paste(&mut self, _: &mut Model, text: &str) {
        typing::insert(&mut self.0, text);
    }

    fn typed(&self) -> Option<(&'static str, &Input)> {
        Some(("go to: ", &self.0))
    }

    /// What could be meant, above the line.
    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let offers = self.offers(model);
        let rows = u16::try_from(offers.len()).unwrap_or(0);
        let rows = rows.min(area.height.saturating_sub(4));
        let above = Rect {
            y: (area.y + area.height).saturating_sub(rows + 1),
            height: rows,
            ..area
        };
        let room = usize::from(area.width).saturating_sub(2);
        let lines = offers
            .into_iter()
            .enumerate()
            .map(|(number, (name, words))| {
                let key = if number == 0 { "tab" } else { "" };
                let name = fit(&name, NAME, theme.more());
                let words = fit(words, room.saturating_sub(NAME + 6), theme.more());
                Line::from(vec![
                    Span::styled(format!(" {key:4}"), theme.dim()),
                    Span::styled(format!("{name:NAME$} "), theme.key()),
                    Span::styled(words, theme.dim()),
                ])
            });
        let lines: Vec<_> = lines.take(usize::from(rows)).collect();
        frame.render_widget(Clear, above);
        frame.render_widget(Paragraph::new(lines), above);
    }

    fn hints(&self, _: &Model) -> Vec<Hint> {
        Vec::new()
    }
}
