//! The first screen: what this is, and a line to type a target.

use ratatui::Frame;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use crate::oci::remote_text::clean;
use crate::tui::model::{Home, Model};
use crate::words::{fit, head, width, wrap};

/// What can be typed, by example.
const EXAMPLES: [(&str, &str); 5] = [
    ("demo", "the built-in example; nothing is sent"),
    ("registry.example.com/team/app", "a repository"),
    ("127.0.0.1:5000", "a registry, with its catalog"),
    ("alpine", "a repository of Docker Hub"),
    ("oci:./folder", "an OCI image layout"),
];

pub(super) fn draw(model: &Model, home: &Home, frame: &mut Frame<'_>, area: Rect) {
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
    if let Some(error) = &home.error {
        lines.extend(
            wrap(error, room)
                .into_iter()
                .map(|text| Line::styled(text, theme.bad())),
        );
    } else if let Some(opening) = &home.opening {
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
    for (at, place) in model.places.iter().enumerate() {
        let words = if place.is_pinned { "pinned" } else { "recent" };
        lines.push(line(&place.target, words, home.chosen == Some(at)));
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
