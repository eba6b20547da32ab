//! Pictures of the screen, for the README and for the eye: a buffer as SVG.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

const CELL: (f32, f32) = (8.43, 18.0);

/// `buffer` as SVG, on a dark ground. Characters are placed cell by cell, so that the font's widths do not matter.
pub(super) fn svg(buffer: &Buffer) -> String {
    let (width, height) = (buffer.area.width, buffer.area.height);
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' width='{0}' height='{1}' \
         font-family='DejaVu Sans Mono' font-size='14' xml:space='preserve'><rect width='100%' height='100%' fill='#16181d'/>\n",
        f32::from(width) * CELL.0 + 16.0,
        f32::from(height) * CELL.1 + 16.0
    );
    for y in 0..height {
        for x in 0..width {
            let cell = &buffer[(x, y)];
            let (left, top) = (f32::from(x) * CELL.0 + 8.0, f32::from(y) * CELL.1 + 8.0);
            let (ink, ground) = colours(cell);
            if let Some(ground) = ground {
                let _ = writeln!(
                    svg,
                    "<rect x='{left}' y='{top}' width='{}' height='{}' fill='{ground}' shape-rendering='crispEdges'/>",
                    CELL.0 + 0.3,
                    CELL.1
                );
            }
            if cell.modifier.contains(Modifier::UNDERLINED) {
                let _ = writeln!(
                    svg,
                    "<rect x='{left}' y='{}' width='{}' height='1' fill='{ink}'/>",
                    top + 16.0,
                    CELL.0 + 0.3
                );
            }
            let symbol = cell.symbol();
            if symbol.trim().is_empty() {
                continue;
            }
            let weight = if cell.modifier.contains(Modifier::BOLD) {
                " font-weight='bold'"
            } else {
                ""
            };
            let is_crossed = cell.modifier.contains(Modifier::CROSSED_OUT);
            let line = if is_crossed {
                " text-decoration='line-through'"
            } else {
                ""
            };
            let symbol = symbol.replace('&', "&amp;").replace('<', "&lt;");
            let _ = writeln!(
                svg,
                "<text x='{left}' y='{}' fill='{ink}'{weight}{line}>{symbol}</text>",
                top + 14.0
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn colours(cell: &Cell) -> (&'static str, Option<&'static str>) {
    let is_dim = cell.modifier.contains(Modifier::DIM);
    let ink = match cell.fg {
        Color::Red => "#e8656f",
        Color::Green => "#8ccf7e",
        Color::Yellow => "#e5c76b",
        Color::Blue => "#7aa8f0",
        Color::Magenta => "#c792ea",
        Color::Cyan => "#6fc8c4",
        _ if is_dim => "#7d8590",
        _ => "#d7dae0",
    };
    if cell.modifier.contains(Modifier::REVERSED) {
        let ground = if is_dim { "#7d8590" } else { "#d7dae0" };
        return ("#16181d", Some(ground));
    }
    (ink, None)
}
