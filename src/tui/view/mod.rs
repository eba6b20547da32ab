//! Drawing: one file a pane. Nothing here changes the model.
//!
//! ```text
//! ┌ top: where we are ────────────────── what is going on ┐
//! │╭ tree ─────────────────╮╭ details ───────────────────╮│
//! ││                       ││ tabs                       ││
//! ││                       ││                            ││
//! │╰───────────────────────╯╰────────────────────────────╯│
//! └ bottom: the next keys, or what is typed, or a sentence ┘
//! ```

mod bars;
mod columns;
pub mod help;
mod home;
mod impact;
pub mod layers;
pub mod layout;
mod log;
pub mod overview;
pub mod popup;
pub mod raw;
pub mod tabs;
mod tree;
mod unknown;
mod why;

use ratatui::Frame;
use ratatui::widgets::{Paragraph, Wrap};

use super::model::{Mode, Model, Tab};
use layout::Layout;

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
    if let Mode::Home(home) = &model.mode {
        home::draw(model, home, frame, area);
        bars::bottom(model, frame, layout.bottom);
        return;
    }
    bars::top(model, frame, layout.top);
    bars::bottom(model, frame, layout.bottom);
    match model.mode {
        Mode::Impact => return impact::draw(model, frame, layout.panes()),
        Mode::Why => return why::draw(model, frame, layout.panes()),
        Mode::Log(back) => return log::draw(model, frame, layout.panes(), back),
        _ => {}
    }
    if let Some(area) = layout.tree {
        tree::draw(model, frame, area);
    }
    if let Some(area) = layout.details {
        tabs::draw(model, frame, area);
        let inside = layout.details_inside();
        match model.shown_tab() {
            Tab::Overview => overview::draw(model, frame, inside),
            Tab::Raw => raw::draw(model, frame, inside),
            Tab::Layers => layers::draw(model, frame, inside),
        }
    }
    popup::draw(model, frame, area);
}
