//! How the table is drawn: counts, bars of licences, heads, and the rows that are seen. Cost: that of these rows.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::evidence::license::Family;
use crate::evidence::sbom::Package;
use crate::insight::package_table::{Column, PackageTable};
use crate::oci::RemoteText;
use crate::oci::remote_text::clean;
use crate::tui::theme::Theme;
use crate::words::{counted, fit, fit_middle, grouped, width};

use super::PackagesState;

/// Rows from which on there is room for more than the heads.
const TALL: usize = 14;
/// Columns of each column but the name, where there is room for it: from so many columns on.
const VERSION: (usize, usize) = (16, 0);
const TYPE: (usize, usize) = (7, 44);
const LICENSE: (usize, usize) = (16, 58);
const DOCUMENT: (usize, usize) = (24, 96);

/// Lines above the packages.
pub(super) fn head_rows(rows: usize, columns: usize) -> usize {
    match (rows, columns) {
        (TALL.., 44..) => 4,
        (TALL.., _) => 3,
        _ => 2,
    }
}

/// The lines of the tab: its head stays, and below it the packages are scrolled.
pub(super) fn lines(
    state: &PackagesState,
    theme: Theme,
    columns: usize,
    rows: Range<usize>,
) -> Vec<Line<'static>> {
    let Some(table) = &state.table else {
        let words = format!("sorting packages {}", theme.more());
        return vec![Line::styled(words, theme.dim())];
    };
    let is_seen = rows.len() < 1_000;
    let head = head_rows(rows.len(), columns);
    let mut lines = vec![counts(state, table, columns, theme)];
    if head > 3 {
        lines.push(bars(table, columns, theme));
    }
    if head > 2 {
        lines.push(Line::default());
    }
    lines.push(heads(state, columns, theme));
    let room = rows.len().saturating_sub(lines.len());
    let shown = state.shown.iter().enumerate().skip(rows.start).take(room);
    for (number, row) in shown {
        let Ok(row) = usize::try_from(*row) else {
            continue;
        };
        let line = package(table, row, columns, theme);
        lines.push(if number == state.cursor && is_seen {
            line.style(theme.cursor(true))
        } else {
            line
        });
    }
    if state.shown.is_empty() {
        let words = "no package has all of these words; esc shows all";
        lines.push(Line::styled(fit(words, columns, theme.more()), theme.dim()));
    }
    lines
}

/// How many there are, how many are shown, and what stands several times.
fn counts(
    state: &PackagesState,
    table: &PackageTable,
    columns: usize,
    theme: Theme,
) -> Line<'static> {
    let mut words = counted(table.len(), "package", "packages");
    if table.bills().len() > 1 {
        words = format!("{words} in {} documents", table.bills().len());
    }
    if state.shown.len() < table.len() {
        words = format!("{} of {words}", grouped(state.shown.len() as u64));
    }
    if !state.filter.is_empty() {
        words = format!("{words} with {}", clean(&state.filter));
    }
    let repeated = table.repeated();
    for (count, what) in [
        (repeated.versions, "in several versions"),
        (repeated.doubles, "twice"),
    ] {
        if count > 0 {
            words = format!("{words} {} {} {what}", theme.dot(), grouped(count as u64));
        }
    }
    Line::styled(fit(&words, columns, theme.more()), theme.text())
}

/// Licences by family: a bar whose parts are as long as their share, and what each part is.
fn bars(table: &PackageTable, columns: usize, theme: Theme) -> Line<'static> {
    let all: usize = table.families().iter().map(|(_, count)| count).sum();
    let length = (columns / 4).clamp(8, 40);
    let block = if theme.is_ascii() { "#" } else { "█" };
    let mut spans = Vec::new();
    for (family, count) in table.families() {
        // What there is at all can be seen.
        let part = (count * length / all.max(1)).max(1);
        spans.push(Span::styled(block.repeat(part), style(*family, theme)));
    }
    let mut used: usize = spans.iter().map(Span::width).sum();
    for (family, count) in table.families() {
        let words = format!("  {} {}", grouped(*count as u64), family.title());
        if used + width(&words) > columns {
            break;
        }
        used += width(&words);
        spans.push(Span::styled(words, style(*family, theme)));
    }
    Line::from(spans)
}

/// A licence is no verdict, so that none is green or red.
fn style(family: Family, theme: Theme) -> Style {
    match family {
        Family::Permissive => theme.heading(),
        Family::WeakCopyleft => theme.about(),
        Family::StrongCopyleft => theme.warning(),
        Family::Unknown => theme.text(),
        Family::NoneStated => theme.dim(),
    }
}

/// The columns that there is room for, with their widths; the name has what is left.
fn widths(columns: usize) -> Vec<(Column, usize)> {
    let mut found = vec![(Column::Name, 0)];
    let rest = [
        (Column::Version, VERSION),
        (Column::Type, TYPE),
        (Column::License, LICENSE),
        (Column::Document, DOCUMENT),
    ];
    for (column, (width, least)) in rest {
        if columns >= least {
            found.push((column, width.min(columns / 3)));
        }
    }
    let used: usize = found.iter().map(|(_, width)| width + 1).sum();
    if let Some((_, name)) = found.first_mut() {
        *name = (columns + 1).saturating_sub(used).max(8);
    }
    found
}

fn heads(state: &PackagesState, columns: usize, theme: Theme) -> Line<'static> {
    let [up, down, ..] = theme.arrows();
    let spans = widths(columns).into_iter().map(|(column, width)| {
        let is_sorted = column == state.column;
        let arrow = match (is_sorted, state.is_descending) {
            (true, false) => format!(" {down}"),
            (true, true) => format!(" {up}"),
            (false, _) => String::new(),
        };
        let words = fit(&format!("{}{arrow}", column.title()), width, theme.more());
        let style = if is_sorted { theme.key() } else { theme.dim() };
        Span::styled(padded(&words, width), style)
    });
    Line::from(spans.collect::<Vec<_>>())
}

/// A text and what it lacks to a width, with a space between columns.
fn padded(text: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(width(text)) + 1;
    format!("{text}{}", " ".repeat(gap))
}

fn package(table: &PackageTable, row: usize, columns: usize, theme: Theme) -> Line<'static> {
    let Some(package) = table.package(row) else {
        return Line::default();
    };
    let spans = widths(columns).into_iter().map(|(column, width)| {
        let (text, style) = match column {
            Column::Name => (name(package), theme.text()),
            Column::Version => (text(package.version.as_ref()), theme.text()),
            Column::Type => (text(package.ecosystem.as_ref()), theme.dim()),
            Column::License => (licenses(package), theme.text()),
            Column::Document => {
                let label = table.place(row).map(|(bill, _)| bill.label.clone());
                let label = label.unwrap_or_default();
                let label = match table.others(row) {
                    0 => label,
                    others => format!("{others} more and {label}"),
                };
                (label, theme.dim())
            }
        };
        let text = match column {
            Column::Name => fit_middle(&clean(&text), width, theme.more()),
            _ => fit(&clean(&text), width, theme.more()),
        };
        Span::styled(padded(&text, width), style)
    });
    Line::from(spans.collect::<Vec<_>>())
}

/// A name with CycloneDX's group before it.
pub(in crate::tui::panes) fn name(package: &Package) -> String {
    match package.group.as_ref().filter(|group| !group.is_empty()) {
        Some(group) => format!("{}/{}", group.as_str(), package.name.as_str()),
        None => package.name.as_str().to_owned(),
    }
}

fn text(text: Option<&RemoteText>) -> String {
    text.map_or(String::new(), |text| text.as_str().to_owned())
}

fn licenses(package: &Package) -> String {
    let licenses: Vec<_> = package.licenses.iter().map(RemoteText::as_str).collect();
    licenses.join(", ")
}
