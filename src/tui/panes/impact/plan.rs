//! The deletions as commands of other programs.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::effect::Effect;
use crate::tui::impact::Impact;
use crate::tui::impact::plan::{TOOLS, Tool, name};
use crate::tui::keys::{Action, Binding, Group, Hint, Key, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Flow, Pane};
use crate::tui::popup;
use crate::words::fit;

use super::super::{bind, moved};
use super::PAGE;

const PLACE: Place = Place("commands");

/// The key that opens it goes on to the next program; what is copied is all of it.
pub(in crate::tui::panes) const KEYS: &[Binding] = &[
    bind(
        PLACE,
        "write-out",
        &[Key::letter('e')],
        Action::Verb(Verb::NextPane),
        Group::Impact,
        ("other program", ""),
    ),
    bind(
        PLACE,
        "copy",
        &[Key::letter('y')],
        Action::Verb(Verb::Mark),
        Group::Impact,
        ("copy", ""),
    ),
];

/// The commands of one program.
#[derive(Clone, Copy, Debug)]
struct Plan {
    tool: Tool,
    scroll: usize,
}

/// The plan of the impact, where anything is to be deleted.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    match model.impact.impact() {
        Some(impact) if !impact.plan.is_empty() => model.show(Plan {
            tool: Tool::Regctl,
            scroll: 0,
        }),
        Some(_) => {
            let words = "nothing is to be deleted, so there is nothing to write";
            model.notice = Some(words.to_owned());
        }
        None => {}
    }
    Vec::new()
}

impl Plan {
    /// The commands of another program, so many further on.
    fn turn(&mut self, step: usize) {
        let at = TOOLS.iter().position(|other| *other == self.tool);
        let next = TOOLS.get((at.unwrap_or(0) + step) % TOOLS.len());
        *self = Self {
            tool: next.copied().unwrap_or(self.tool),
            scroll: 0,
        };
    }
}

impl Pane for Plan {
    fn place(&self) -> Place {
        PLACE
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        let Some(impact) = model.impact.impact().cloned() else {
            return Flow::CLOSE;
        };
        let lines = impact.plan.lines(self.tool);
        match verb {
            Verb::Escape | Verb::Quit => return Flow::CLOSE,
            Verb::NextPane | Verb::NextTab | Verb::Open => self.turn(1),
            Verb::PreviousTab | Verb::Back => self.turn(TOOLS.len() - 1),
            Verb::Mark => {
                model.notice = Some(format!(
                    "copied {} commands, if the terminal allows it; nothing was run",
                    name(self.tool)
                ));
                return Flow::Stay(vec![Effect::Copy(lines.join("\n") + "\n")]);
            }
            _ => self.scroll = moved(self.scroll, lines.len(), PAGE, verb),
        }
        Flow::STAY
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        if let Some(impact) = model.impact.impact() {
            draw(model, impact, frame, area, *self);
        }
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        vec![
            keys.hint("copy", theme),
            keys.hint_as("pane", "other program", theme),
            keys.hint("back", theme),
        ]
    }
}

fn draw(
    model: &Model,
    impact: &Impact,
    frame: &mut Frame<'_>,
    area: Rect,
    Plan { tool, scroll }: Plan,
) {
    let theme = model.theme;
    let room = usize::from(area.width.saturating_sub(6)).min(130);
    let rows = usize::from(area.height.saturating_sub(8)).max(1);
    let mut tabs = Vec::new();
    for other in TOOLS {
        let style = if other == tool {
            theme.key().underlined()
        } else {
            theme.dim()
        };
        tabs.push(Span::styled(name(other), style));
        tabs.push(Span::raw("   "));
    }
    let mut lines = vec![Line::from(tabs), Line::default()];
    let written = impact.plan.lines(tool);
    let height = written.len().min(rows) + 6;
    for line in written
        .iter()
        .skip(scroll.min(written.len().saturating_sub(1)))
        .take(rows)
    {
        let style = if line.starts_with('#') {
            theme.dim()
        } else {
            theme.text()
        };
        lines.push(Line::styled(
            fit(line, room.saturating_sub(4), theme.more()),
            style,
        ));
    }
    lines.push(Line::default());
    lines.push(Line::from(vec![
        Span::styled("tab", theme.key()),
        Span::raw(" other program   "),
        Span::styled("y", theme.key()),
        Span::raw(" copy   "),
        Span::styled("esc", theme.key()),
        Span::raw(" back   "),
        Span::styled("regscope runs none of it", theme.dim()),
    ]));
    popup::draw_box(
        model,
        frame,
        area,
        " As commands, in a safe order ",
        lines,
        (room, height),
    );
}
