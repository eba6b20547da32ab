//! What lies over the panes: help, the copy menu, who holds something, a question.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph};

use crate::tui::model::{Mode, Model, Remaining, UsedBy};
use crate::tui::text::{counted, fit, fit_middle, grouped, wrap};
use crate::tui::update::offers;

use super::help;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    match &model.mode {
        Mode::Help(scroll) => help::draw(model, frame, area, *scroll),
        Mode::Copy => copy(model, frame, area),
        Mode::UsedBy(paths) => used_by(model, frame, area, paths),
        Mode::Told(sentences) => told(model, frame, area, sentences),
        Mode::LoadAll(remaining) => load_all(model, frame, area, remaining),
        _ => {}
    }
}

/// A box in the middle, as large as its content and the screen allow: `(columns, rows)` with its frame.
pub(super) fn draw_box(
    model: &Model,
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    lines: Vec<Line<'_>>,
    size: (usize, usize),
) {
    let within = |wanted: usize, most: u16| u16::try_from(wanted).unwrap_or(u16::MAX).min(most);
    let width = within(size.0, area.width.saturating_sub(2));
    let height = within(size.1, area.height.saturating_sub(2));
    let popup = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let block = Block::bordered()
        .border_set(model.theme.border_set())
        .border_style(model.theme.border(true))
        .padding(Padding::horizontal(1))
        .title(Span::styled(title.to_owned(), model.theme.strong()));
    frame.render_widget(Clear, popup);
    frame.render_widget(Paragraph::new(lines).block(block), popup);
}

fn copy(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let offers = offers(model);
    let room = usize::from(area.width.saturating_sub(8)).min(100);
    let mut lines: Vec<_> = offers
        .iter()
        .map(|offer| {
            let first = offer.text.lines().next().unwrap_or_default();
            let text = crate::oci::remote_text::clean(first);
            Line::from(vec![
                Span::styled(format!("{} ", offer.letter), theme.key()),
                Span::raw(format!("{:14}", offer.what)),
                Span::styled(
                    fit_middle(&text, room.saturating_sub(18), theme.more()),
                    theme.dim(),
                ),
            ])
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::raw("this row has nothing to copy"));
    }
    let height = lines.len() + 2;
    draw_box(model, frame, area, " Copy ", lines, (room + 4, height));
}

fn used_by(model: &Model, frame: &mut Frame<'_>, area: Rect, used_by: &UsedBy) {
    let theme = model.theme;
    let room = usize::from(area.width.saturating_sub(8)).min(110);
    let rows = usize::from(area.height.saturating_sub(4));
    let first = used_by.cursor.saturating_sub(rows.saturating_sub(1));
    let paths = used_by.paths.iter().enumerate().skip(first);
    let lines: Vec<_> = paths
        .map(|(number, (words, _))| {
            let style = if number == used_by.cursor {
                theme.cursor(true)
            } else {
                theme.text()
            };
            Line::styled(
                fit_middle(words, room.saturating_sub(4), theme.more()),
                style,
            )
        })
        .collect();
    let title = format!(
        " {} is held by {} ",
        used_by.title,
        paths_in_words(used_by.paths.len())
    );
    let title = fit(&title, room, theme.more());
    let height = used_by.paths.len() + 2;
    draw_box(model, frame, area, &title, lines, (room, height));
}

fn paths_in_words(count: usize) -> String {
    match count {
        1 => "1 path".to_owned(),
        count => format!("{count} paths, the shortest first"),
    }
}

fn told(model: &Model, frame: &mut Frame<'_>, area: Rect, sentences: &[String]) {
    let room = usize::from(area.width.saturating_sub(8)).min(90);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for sentence in sentences {
        let sentence = crate::oci::remote_text::clean(sentence);
        let pieces = wrap(&sentence, room).into_iter();
        lines.extend(pieces.map(|piece| Line::styled(piece, model.theme.bad())));
    }
    lines.push(Line::default());
    lines.push(Line::raw("The other targets are here; any key goes on."));
    let height = lines.len() + 2;
    draw_box(
        model,
        frame,
        area,
        " Not opened ",
        lines,
        (room + 4, height),
    );
}

fn load_all(model: &Model, frame: &mut Frame<'_>, area: Rect, remaining: &Remaining) {
    let theme = model.theme;
    let requests = usize::try_from(remaining.requests()).unwrap_or(usize::MAX);
    let again = match remaining.failed {
        0 => String::new(),
        failed => format!(" {} of them again,", grouped(failed)),
    };
    let lines = vec![
        Line::raw(format!(
            "That is at least {},{again}",
            counted(requests, "request", "requests")
        )),
        Line::raw("more where indexes and referrers are found on the way."),
        Line::raw("Registries count them, and some limit them."),
        Line::default(),
        Line::from(vec![
            Span::styled(theme.arrows()[4].to_owned(), theme.key()),
            Span::raw(" load everything    "),
            Span::styled("esc", theme.key()),
            Span::raw(" not now"),
        ]),
    ];
    draw_box(model, frame, area, " Load everything? ", lines, (60, 7));
}
