//! What an image is, for people: the same account as on the screen.

use std::fmt::Write as _;

use crate::export::document::CoveragePart;
use crate::export::inspect::called;
use crate::graph::Graph;
use crate::insight::account::{Section, account};
use crate::insight::image::Image;
use crate::oci::remote_text::clean;
use crate::words::width;

/// An image, section by section.
pub(in crate::cli) fn image(graph: &Graph, image: &Image) -> String {
    let mut sections = account(image);
    if let Some(first) = sections.first_mut() {
        first.heading = format!("{}  {}", clean(&called(graph, image)), first.heading);
    }
    page(&sections)
}

/// Sections with a line between them.
pub(in crate::cli) fn page(sections: &[Section]) -> String {
    let sections: Vec<String> = sections.iter().map(section).collect();
    sections.join("\n\n")
}

/// The names stand in a column as wide as the widest.
fn section(section: &Section) -> String {
    let names = section.lines.iter().map(|line| width(&line.name));
    let column = names.max().unwrap_or_default();
    let mut out = section.heading.clone();
    for line in &section.lines {
        let gap = column.saturating_sub(width(&line.name)) + 2;
        // Writing to a text does not fail.
        let _ = write!(out, "\n  {}{}{}", line.name, " ".repeat(gap), line.words);
    }
    out
}

/// What could not be known, for the end.
pub(in crate::cli) fn holes(coverage: &CoveragePart) -> Option<String> {
    let mut out = "not known".to_owned();
    for hole in coverage.holes() {
        let words = format!("{} of {}: {}", hole.what, hole.node, hole.reason);
        let _ = write!(out, "\n  {}", clean(&words));
    }
    (!coverage.is_complete()).then_some(out)
}
