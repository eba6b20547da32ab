//! What is shown, as a text for a file.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::words::bytes;

use super::model::{Focus, Model, Raw};
use super::pane::Pane;
use super::panes::tabs::{self, Tab};

/// Columns and rows at which a pane is written: as many lines as a person reads, none of them broken.
const PAGE: (u16, u16) = (200, 1_000);

/// A name for the file, and the text: the pane on top, else whichever of tree and details has the keys.
pub(super) fn shown(model: &Model) -> (String, String) {
    let name = |kind: &str, ending: &str| {
        let subject = model.details.title.split_whitespace().next();
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
        let subject = subject.unwrap_or("regscope");
        let subject = subject.replace(|letter| !is_plain(letter), "-");
        format!("{subject}-{kind}.{ending}")
    };
    if let Some(pane) = model.top() {
        return (name("page", "txt"), of_pane(model, pane));
    }
    match model.focus {
        Focus::Tree => (name("tree", "txt"), of_tree(model)),
        Focus::Details if model.shown_tab() == Tab::Raw => match raw(model) {
            Some(document) => (name("document", "json"), document),
            None => (name("details", "txt"), tabs::text(model)),
        },
        Focus::Details => (name("details", "txt"), tabs::text(model)),
    }
}

/// The document as it came, whatever is folded.
fn raw(model: &Model) -> Option<String> {
    let Raw::Ready(digest, _) = &model.raw else {
        return None;
    };
    let document = model.known.content.document(digest)?;
    String::from_utf8(document.to_vec()).ok()
}

/// A line a row: what is open, as far as it is open.
fn of_tree(model: &Model) -> String {
    let (graph, content) = (&model.known.graph, &model.known.content);
    let mut text = String::new();
    for line in model.tree.lines() {
        let row = model.tree.outline().describe(graph, content, &line.entry);
        let size = row.size.map(bytes).unwrap_or_default();
        let names = std::iter::once(row.label).chain(row.also);
        let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        let cells = [
            names.join(" = "),
            row.kind.word().to_owned(),
            row.description,
            size,
        ];
        let cells: Vec<_> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
        text.push_str(&"  ".repeat(line.depth));
        text.push_str(&cells.join("  "));
        text.push('\n');
    }
    text
}

/// A pane as it is drawn, on a page that is long enough for all of it.
fn of_pane(model: &Model, pane: &dyn Pane) -> String {
    let backend = TestBackend::new(PAGE.0, PAGE.1);
    let Ok(mut terminal) = Terminal::new(backend);
    let area = Rect::new(0, 0, PAGE.0, PAGE.1);
    let Ok(drawn) = terminal.draw(|frame| pane.draw(model, frame, area));
    lines(drawn.buffer)
}

/// The lines of a page, without what is empty at their ends.
fn lines(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width.max(1));
    let rows = buffer.content.chunks(width);
    let rows = rows.map(|row| {
        let row: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        row.trim_end().to_owned()
    });
    let rows: Vec<_> = rows.collect();
    let is_frame = |row: &String| row.chars().all(|letter| " │|".contains(letter));
    let mut text = String::new();
    for row in rows.iter().filter(|row| !is_frame(row)) {
        text.push_str(row);
        text.push('\n');
    }
    text
}
