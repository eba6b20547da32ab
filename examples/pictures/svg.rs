//! What a terminal shows, as SVG.

use std::fmt::Write as _;

use vt100::{Cell, Color};

const CELL: (f32, f32) = (8.43, 18.0);
const INK: &str = "#d7dae0";
const DIM: &str = "#7d8590";
const GROUND: &str = "#16181d";

/// The screen that these bytes draw, on a dark ground. Characters are placed cell by cell, so that the font's widths do
/// not matter.
pub(crate) fn of_terminal(bytes: &[u8], (columns, rows): (u16, u16)) -> String {
    let mut parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
    parser.process(&crossing_out_as_italics(bytes));
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' width='{0}' height='{1}' \
         font-family='DejaVu Sans Mono' font-size='14' xml:space='preserve'><rect width='100%' height='100%' fill='{GROUND}'/>\n",
        f32::from(columns) * CELL.0 + 16.0,
        f32::from(rows) * CELL.1 + 16.0
    );
    for row in 0..rows {
        for column in 0..columns {
            if let Some(cell) = parser.screen().cell(row, column) {
                let corner = (
                    f32::from(column) * CELL.0 + 8.0,
                    f32::from(row) * CELL.1 + 8.0,
                );
                draw(&mut svg, cell, corner);
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// `vt100` does not keep that a text is crossed out, and regscope writes no italics: the one is told it as the other.
fn crossing_out_as_italics(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    text.replace("\x1b[9m", "\x1b[3m")
        .replace("\x1b[29m", "\x1b[23m")
        .into_bytes()
}

fn draw(svg: &mut String, cell: &Cell, (left, top): (f32, f32)) {
    let (ink, ground) = colours(cell);
    let width = if cell.is_wide() { 2.0 * CELL.0 } else { CELL.0 };
    if let Some(ground) = ground {
        let _ = writeln!(
            svg,
            "<rect x='{left}' y='{top}' width='{}' height='{}' fill='{ground}' shape-rendering='crispEdges'/>",
            width + 0.3,
            CELL.1
        );
    }
    if cell.underline() {
        let _ = writeln!(
            svg,
            "<rect x='{left}' y='{}' width='{}' height='1' fill='{ink}'/>",
            top + 16.0,
            width + 0.3
        );
    }
    let symbol = cell.contents();
    if symbol.trim().is_empty() {
        return;
    }
    let weight = if cell.bold() {
        " font-weight='bold'"
    } else {
        ""
    };
    let line = if cell.italic() {
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

/// The colours of a cell: of its text, and of its ground where it has one of its own.
fn colours(cell: &Cell) -> (String, Option<String>) {
    let dim = if cell.dim() { DIM } else { INK };
    let ink = colour(cell.fgcolor()).unwrap_or_else(|| dim.to_owned());
    let ground = colour(cell.bgcolor());
    if cell.inverse() {
        return (ground.unwrap_or_else(|| GROUND.to_owned()), Some(ink));
    }
    (ink, ground)
}

/// A colour of the terminal; `None` for the one that it has by itself.
fn colour(colour: Color) -> Option<String> {
    const NAMED: [&str; 8] = [
        "#16181d", "#e8656f", "#8ccf7e", "#e5c76b", "#7aa8f0", "#c792ea", "#6fc8c4", "#d7dae0",
    ];
    match colour {
        Color::Default => None,
        Color::Idx(8) => Some(DIM.to_owned()),
        Color::Idx(index @ 0..16) => Some(NAMED[usize::from(index % 8)].to_owned()),
        Color::Idx(index @ 16..232) => {
            let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let index = index - 16;
            Some(format!(
                "#{:02x}{:02x}{:02x}",
                step(index / 36),
                step(index / 6 % 6),
                step(index % 6)
            ))
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            Some(format!("#{grey:02x}{grey:02x}{grey:02x}"))
        }
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}
