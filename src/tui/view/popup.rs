//! What lies over the panes: help, the copy menu, who holds something, a question.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph};

use crate::oci::remote_text::clean;
use crate::tui::model::{Mode, Model, Remaining, UsedBy};
use crate::tui::update::offers;
use crate::words::{counted, fit, fit_middle, grouped, wrap};

use super::help;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    match &model.mode {
        Mode::Help(scroll) => help::draw(model, frame, area, *scroll),
        Mode::Copy => copy(model, frame, area),
        Mode::UsedBy(paths) => used_by(model, frame, area, paths),
        Mode::Told(sentences, scroll) => told(model, frame, area, (sentences, *scroll)),
        Mode::LoadAll(remaining) => load_all(model, frame, area, remaining),
        _ => {}
    }
}

/// Columns and rows of a box around its content: the frame, and beside the text a space.
const FRAME: (usize, usize) = (4, 2);

/// Columns of the text in a box, `most` where the screen has as many.
fn room(area: Rect, most: usize) -> usize {
    usize::from(area.width)
        .saturating_sub(2 + FRAME.0)
        .min(most)
}

/// Rows of the largest box.
fn rows(area: Rect) -> usize {
    usize::from(area.height).saturating_sub(2 + FRAME.1)
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
    let room = room(area, 100);
    let mut lines: Vec<_> = offers
        .iter()
        .map(|offer| {
            let first = offer.text.lines().next().unwrap_or_default();
            let text = clean(first);
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
    let size = (room + FRAME.0, lines.len() + FRAME.1);
    draw_box(model, frame, area, " Copy ", lines, size);
}

fn used_by(model: &Model, frame: &mut Frame<'_>, area: Rect, used_by: &UsedBy) {
    let theme = model.theme;
    let room = room(area, 98);
    let mut lines = Vec::new();
    let mut shown_to = 0;
    for (number, (words, _)) in used_by.paths.iter().enumerate() {
        let style = if number == used_by.cursor {
            theme.cursor(true)
        } else {
            theme.text()
        };
        // What goes on below its first line stands a little to the right.
        for (piece, words) in wrap(words, room.saturating_sub(2)).into_iter().enumerate() {
            let indent = if piece == 0 { "" } else { "  " };
            lines.push(Line::styled(format!("{indent}{words}"), style));
        }
        if number == used_by.cursor {
            shown_to = lines.len();
        }
    }
    let height = lines.len() + FRAME.1;
    let first = shown_to.saturating_sub(rows(area));
    let lines = lines.split_off(first);
    let title = format!(
        " {} is held by {} ",
        used_by.title,
        paths_in_words(used_by.paths.len())
    );
    let title = fit(&title, room, theme.more());
    draw_box(model, frame, area, &title, lines, (room + FRAME.0, height));
}

fn paths_in_words(count: usize) -> String {
    match count {
        1 => "1 path".to_owned(),
        count => format!("{count} paths, the shortest first"),
    }
}

fn told(model: &Model, frame: &mut Frame<'_>, area: Rect, (sentences, scroll): (&[String], usize)) {
    let mut lines = told_lines(model, sentences, area);
    let size = (room(area, TOLD) + FRAME.0, lines.len() + FRAME.1);
    let first = scroll.min(lines.len().saturating_sub(rows(area)));
    let lines = lines.split_off(first);
    draw_box(model, frame, area, " Not opened ", lines, size);
}

/// Columns of the widest box that tells what could not be opened.
const TOLD: usize = 90;

fn told_lines<'a>(model: &Model, sentences: &[String], area: Rect) -> Vec<Line<'a>> {
    let room = room(area, TOLD);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for sentence in sentences {
        let pieces = wrap(&clean(sentence), room).into_iter();
        lines.extend(pieces.map(|piece| Line::styled(piece, model.theme.bad())));
    }
    lines.push(Line::default());
    let last = wrap("The other targets are here; any key goes on.", room);
    lines.extend(last.into_iter().map(Line::raw));
    lines
}

/// How far what could not be opened can be scrolled.
pub fn told_below(model: &Model, sentences: &[String]) -> usize {
    let area = Rect::new(0, 0, model.size.0, model.size.1);
    let lines = told_lines(model, sentences, area).len();
    lines.saturating_sub(rows(area))
}

fn load_all(model: &Model, frame: &mut Frame<'_>, area: Rect, remaining: &Remaining) {
    let theme = model.theme;
    let room = room(area, 60);
    let requests = usize::try_from(remaining.requests()).unwrap_or(usize::MAX);
    let again = match remaining.failed {
        0 => String::new(),
        failed => format!(" {} of them again,", grouped(failed)),
    };
    let words = format!(
        "That is at least {},{again} more where indexes and referrers are found on the way. \
         Registries count them, and some limit them.",
        counted(requests, "request", "requests")
    );
    let mut lines: Vec<_> = wrap(&words, room).into_iter().map(Line::raw).collect();
    lines.push(Line::default());
    lines.push(Line::from(vec![
        Span::styled(theme.arrows()[4].to_owned(), theme.key()),
        Span::raw(" load everything    "),
        Span::styled("esc", theme.key()),
        Span::raw(" not now"),
    ]));
    let size = (room + FRAME.0, lines.len() + FRAME.1);
    draw_box(model, frame, area, " Load everything? ", lines, size);
}
