//! Drawing: the two bars, tree and details, and the panes that lie over them. Nothing here changes the model.
//!
//! ```text
//! ┌ top: where we are ────────────────── what is going on ┐
//! │╭ tree ─────────────────╮╭ details ───────────────────╮│
//! ││                       ││ tabs                       ││
//! ││                       ││                            ││
//! │╰───────────────────────╯╰────────────────────────────╯│
//! └ bottom: the next keys, or what is typed, or a sentence ┘
//! ```

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::widgets::{Paragraph, Wrap};

use super::bars;
use super::layout::Layout;
use super::model::Model;
use super::pane::Cover;
use super::panes;

/// The smallest screen that shows anything useful: columns and rows.
pub const SMALLEST: (u16, u16) = (40, 12);

/// Draws everything.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let words = format!(
            "regscope needs {} columns and {} rows; this terminal has {} and {}. q leaves.",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        );
        frame.render_widget(Paragraph::new(words).wrap(Wrap { trim: true }), area);
        return;
    }
    let layout = Layout::of(model);
    bars::top(model, frame, layout.top);
    // What lies under a pane that covers all of it is not drawn.
    let covers = |cover| matches!(cover, Cover::Screen | Cover::Panes);
    let panes = &model.panes;
    let first = panes.iter().rposition(|pane| covers(pane.cover()));
    if first.is_none() {
        panes::draw_browse(model, frame);
    }
    for pane in panes.iter().skip(first.unwrap_or(0)) {
        let area = match pane.cover() {
            Cover::Panes => layout.panes(),
            _ => area,
        };
        pane.draw(model, frame, area);
    }
    bars::bottom(model, frame, layout.bottom);
    if model.theme.is_ascii() {
        to_ascii(frame.buffer_mut());
    }
}

/// What a terminal without anything beyond ASCII gets: our own signs have their own there, and of names from outside
/// whatever is beyond it is a question mark.
fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        let plain = match cell.symbol() {
            "›" | "→" => ">",
            "←" => "<",
            "…" => "~",
            "·" | "•" => ".",
            "−" | "─" | "–" => "-",
            "│" => "|",
            "×" => "x",
            _ => "?",
        };
        cell.set_symbol(plain);
    }
}
