//! The tree: one line a row, in columns that drop as the pane gets narrow.
//!
//! ```text
//! ◆▾ 1.4.1 = 1.4 = latest        image     2 platforms    41.2 MB    3 d  ●S ●B ●P ·
//! mark, fold, label              kind      description    size       age  evidence
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Paragraph};
use tui_tree_widget::{Tree, TreeItem, TreeState};

use crate::graph::NodeId;
use crate::insight::marks::{Mark, Marks};
use crate::insight::outline::{self, Entry, Needle, Presence, Row, RowKind, What};
use crate::oci::Address;
use crate::tui::impact::Marker;
use crate::tui::model::{Focus, Model};
use crate::tui::theme::Theme;
use crate::tui::tree::{Line as TreeLine, Sort};
use crate::tui::verifying;
use crate::words::{age, bytes, counted, fit, fit_name, grouped, width, wrap};

use super::super::impact::style as marker_style;
use super::columns::{AGE, Columns, DESCRIPTION, EVIDENCE, KIND, SIZE};
use super::unknown;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let has_focus = model.focus == Focus::Tree;
    let inside = area.inner(ratatui::layout::Margin::new(1, 1));
    let columns = Columns::fitting(usize::from(inside.width));
    let window = model.tree.window();
    let ranged = model.ranged();
    let mut items = Vec::with_capacity(window.len());
    for (id, (number, line)) in (0u32..).zip((model.tree.offset()..).zip(window)) {
        let is_ranged = ranged.as_ref().is_some_and(|rows| rows.contains(&number));
        let room = usize::from(inside.width);
        let text = Text::from(row(model, (line, is_ranged), columns, room));
        items.push(TreeItem::new_leaf(id, text));
    }
    let block = Block::bordered()
        .border_set(theme.border_set())
        .border_style(theme.border(has_focus))
        .title(heads(model, columns, usize::from(area.width)))
        .title_bottom(Span::styled(
            title(model, usize::from(area.width).saturating_sub(18)),
            theme.strong(),
        ))
        .title_bottom(Line::from(Span::styled(position(model), theme.dim())).right_aligned());
    if window.is_empty() && !model.tree.filter().is_empty() {
        frame.render_widget(block, area);
        no_match(model, frame, inside);
        return;
    }
    let mut state = TreeState::default();
    let cursor = model.tree.cursor().checked_sub(model.tree.offset());
    if let Some(cursor) = cursor.and_then(|cursor| u32::try_from(cursor).ok()) {
        state.select(vec![cursor]);
    }
    // Numbers from a counter are unique, so the widget has nothing to refuse.
    if let Ok(tree) = Tree::new(&items) {
        let tree = tree
            .block(block)
            .highlight_style(theme.cursor(has_focus))
            .node_no_children_symbol("");
        frame.render_stateful_widget(tree, area, &mut state);
    }
}

/// That the filter leaves nothing, and the key that takes it away.
fn no_match(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let filter = fit(
        model.tree.filter(),
        usize::from(area.width),
        model.theme.more(),
    );
    let words = format!("Nothing that is loaded matches {filter}; esc shows all again.");
    let lines = wrap(&words, usize::from(area.width).saturating_sub(2));
    let lines = lines
        .into_iter()
        .map(|words| Line::raw(format!(" {words}")));
    let lines: Vec<_> = std::iter::once(Line::default()).chain(lines).collect();
    frame.render_widget(Paragraph::new(lines).style(model.theme.warning()), area);
}

/// The heads of the columns, in the frame above them; the one that rows are sorted by says so.
fn heads(model: &Model, columns: Columns, room: usize) -> Line<'static> {
    let theme = model.theme;
    let line = if theme.is_ascii() { "-" } else { "─" };
    let sort = model.tree.sort();
    let down = if theme.is_ascii() { "v" } else { "▾" };
    let sorted = |head: &str, by: Sort| {
        if sort == by {
            format!("{head} {down}")
        } else {
            head.to_owned()
        }
    };
    let mut spans = Vec::new();
    let mut put = |head: &str, columns: usize, is_right: bool| {
        let head = fit(head, columns.saturating_sub(2), "");
        let gap = columns.saturating_sub(width(&head) + 2);
        let (before, after) = if is_right { (gap, 0) } else { (0, gap) };
        spans.push(Span::styled(
            line.repeat(before),
            theme.border(has_focus(model)),
        ));
        spans.push(Span::styled(format!(" {head} "), theme.dim()));
        spans.push(Span::styled(
            line.repeat(after),
            theme.border(has_focus(model)),
        ));
    };
    put(&sorted("NAME", Sort::Version), columns.label, false);
    if columns.has_words() {
        put("KIND", KIND, false);
        put("HOLDS", DESCRIPTION, false);
    }
    if columns.has_size() {
        put(&sorted("SIZE", Sort::Size), SIZE, true);
    }
    if columns.has_age() {
        put(&sorted("AGE", Sort::Date), AGE, true);
    }
    if columns.has_evidence() {
        put("EVIDENCE", EVIDENCE, false);
    }
    let used: usize = spans.iter().map(Span::width).sum();
    spans.truncate(if used > room.saturating_sub(2) {
        3
    } else {
        spans.len()
    });
    Line::from(spans)
}

fn has_focus(model: &Model) -> bool {
    model.focus == Focus::Tree
}

/// The name of the place, and what is in it.
fn title(model: &Model, room: usize) -> String {
    let theme = model.theme;
    let name = match model.tree.roots() {
        [only] => of_root(model, only),
        roots => counted(roots.len(), "root", "roots"),
    };
    let mut title = format!(" {name} ");
    if !model.tree.filter().is_empty() {
        let found = grouped(model.tree.found() as u64);
        let find = format!(" find: {}, {found} found", model.tree.filter());
        title = format!("{find} in {name} ");
    }
    if model.tree.sort() != Sort::Version {
        let words = model.tree.sort().words();
        title = format!("{title}{} {words} ", theme.dot().trim());
    }
    if !model.marked.is_empty() {
        title = format!(
            "{title}{} {} marked ",
            theme.dot().trim(),
            model.marked.len()
        );
    }
    fit(&title, room.saturating_sub(4), theme.more())
}

/// The name of the only root, and how much it holds.
fn of_root(model: &Model, root: &Address) -> String {
    let mut parts = Vec::new();
    match root {
        Address::Registry(origin) => {
            parts.push(origin.to_string());
            if let Some(node) = model.known.graph.registry(origin) {
                parts.push(outline::repositories_told(&model.known.graph, node));
            }
        }
        Address::Repository(repository) => {
            let path = Some(&repository.path).filter(|path| !path.is_empty());
            parts.push(path.map_or_else(|| repository.to_string(), ToString::to_string));
            if let Some(node) = model.known.graph.repository(repository) {
                let (_, lines) = model.tree.outline().tag_counts(&model.known.graph, node);
                parts.push(model.tree.outline().tags_told(&model.known.graph, node));
                if lines > 1 {
                    parts.push(counted(lines, "line", "lines"));
                }
            }
        }
        Address::Tag(repository, _) | Address::Object(repository, _) => {
            parts.push(repository.to_string());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join(model.theme.dot())
}

fn position(model: &Model) -> String {
    let count = model.tree.lines().len();
    match count {
        0 => String::new(),
        _ => format!(
            " {} / {} ",
            grouped(model.tree.cursor() as u64 + 1),
            grouped(count as u64)
        ),
    }
}

/// One row as text, exactly `room` columns wide.
fn row<'a>(
    model: &Model,
    (line, is_ranged): (&TreeLine, bool),
    columns: Columns,
    room: usize,
) -> Line<'a> {
    let theme = model.theme;
    let row = describe(model, &line.entry);
    let mut spans = Vec::with_capacity(16);
    let is_marked = match &line.entry.what {
        What::Tags(tags) => tags.iter().all(|tag| model.marked.contains(tag)),
        What::Object { node, .. } => model.marked.contains(node),
        _ => false,
    };
    let fate = marker_of(model, &line.entry);
    let (gutter, style) = match fate {
        _ if is_ranged => (theme.ranged(), theme.warning()),
        Some(marker) => (marker.symbol(theme.is_ascii()), marker_style(theme, marker)),
        None if is_marked => (theme.marked(), theme.warning()),
        None => (" ", theme.text()),
    };
    spans.push(Span::styled(gutter, style));
    spans.push(Span::raw("  ".repeat(line.depth)));
    spans.push(Span::styled(
        theme.fold(row.has_children, line.is_open),
        theme.dim(),
    ));
    let before = 1 + line.depth * 2 + 2;
    if matches!(row.presence, Presence::Heading | Presence::Note) {
        heading(theme, &row, columns, room, before, &mut spans);
        if columns.has_age() {
            spans.push(aged(model, &line.entry, &row));
        }
    } else {
        label(
            theme,
            (&row, fate),
            model.tree.needle(),
            columns.label.saturating_sub(before),
            &mut spans,
        );
        plain(model, (&line.entry, &row), columns, &mut spans);
    }
    Line::from(spans)
}

/// The row, with what is being loaded told as such.
fn describe(model: &Model, entry: &Entry) -> Row {
    let mut row = model
        .tree
        .outline()
        .describe(&model.known.graph, &model.known.content, entry);
    let verified = entry.object().and_then(|node| verifying::mark(model, node));
    if let (Some(marks), Some(mark)) = (&mut row.marks, verified) {
        marks.signature = mark;
    }
    let is_loading = entry.node().is_some_and(|node| model.is_loading(node));
    if is_loading {
        if row.state == Some(Mark::NotAsked) {
            row.state = Some(Mark::Loading);
            if row.presence == Presence::Note {
                row.label = row.label.replace("not asked", "loading");
            }
        }
        if row.marks == Some(Marks::all(Mark::NotAsked)) {
            row.marks = Some(Marks::all(Mark::Loading));
        }
    }
    row
}

/// What would happen to the row, where an impact was worked out.
fn marker_of(model: &Model, entry: &Entry) -> Option<Marker> {
    let of = |node: &NodeId| model.affected.get(node).copied();
    match &entry.what {
        // A row of several tags goes only with the last of them.
        What::Tags(tags) => {
            let markers: Option<Vec<Marker>> = tags.iter().map(of).collect();
            let markers = markers?;
            let named = markers.iter().find(|marker| **marker == Marker::Named);
            named.or(markers.first()).copied()
        }
        What::Object { node, .. } => of(node),
        _ => None,
    }
}

/// A name in which what was found stands out.
fn marked(name: &str, style: Style, needle: &Needle) -> Vec<Span<'static>> {
    let hits = needle.hits(name);
    let mut spans: Vec<(bool, String)> = Vec::new();
    for (place, letter) in name.chars().enumerate() {
        let is_hit = hits.binary_search(&place).is_ok();
        match spans.last_mut() {
            Some((was_hit, text)) if *was_hit == is_hit => text.push(letter),
            _ => spans.push((is_hit, letter.to_string())),
        }
    }
    let spans = spans.into_iter();
    spans
        .map(|(is_hit, text)| {
            let style = if is_hit {
                style.add_modifier(Modifier::UNDERLINED | Modifier::BOLD)
            } else {
                style
            };
            Span::styled(text, style)
        })
        .collect()
}

fn label(
    theme: Theme,
    (row, fate): (&Row, Option<Marker>),
    needle: &Needle,
    room: usize,
    spans: &mut Vec<Span<'_>>,
) {
    let style = match (row.presence, row.kind) {
        (Presence::Gone, _) => theme.dim().crossed_out(),
        (Presence::Repeated, _) => theme.dim(),
        (_, RowKind::Repository | RowKind::Registry) => theme.heading(),
        (_, RowKind::Referrer) => theme.about(),
        (_, RowKind::Unnamed) => theme.text(),
        _ => theme.strong(),
    };
    let style = fate.map_or(style, |marker| style.patch(marker_style(theme, marker)));
    let name = fit_name(&row.label, room.saturating_sub(1), theme.more());
    let mut used = width(&name);
    if needle.is_empty() {
        spans.push(Span::styled(name, style));
    } else {
        spans.extend(marked(&name, style, needle));
    }
    let mut also = String::new();
    for name in &row.also {
        also.push_str(" = ");
        also.push_str(&fit_name(name, usize::MAX, theme.more()));
    }
    match row.presence {
        Presence::Repeated => also.push_str(" (already above)"),
        Presence::Gone => also.push_str(" (gone)"),
        _ => {}
    }
    if !also.is_empty() && room > used + 5 {
        let also = fit(&also, room - used - 1, theme.more());
        used += width(&also);
        spans.push(Span::styled(also, theme.dim()));
    }
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used))));
}

fn plain(model: &Model, (entry, row): (&Entry, &Row), columns: Columns, spans: &mut Vec<Span<'_>>) {
    let theme = model.theme;
    if columns.has_words() {
        let kind = fit(row.kind.word(), KIND - 1, theme.more());
        spans.push(Span::styled(format!("{kind:KIND$}"), theme.dim()));
        let (words, style) = match row.state {
            Some(mark) => (
                format!("{} {}", mark.symbol(theme.is_ascii()), short(mark)),
                theme.mark(mark),
            ),
            None => (row.description.clone(), theme.text()),
        };
        let words = fit(&words, DESCRIPTION - 1, theme.more());
        let gap = DESCRIPTION.saturating_sub(width(&words));
        spans.push(Span::styled(words, style));
        spans.push(Span::raw(" ".repeat(gap)));
    }
    if columns.has_size() {
        spans.push(match row.size {
            Some(size) => Span::raw(format!("{:>width$} ", bytes(size), width = SIZE - 1)),
            None => blank(model, unknown::of_size(model, entry), SIZE),
        });
    }
    if columns.has_age() {
        spans.push(aged(model, entry, row));
    }
    if columns.has_evidence() {
        evidence(theme, row, columns, spans);
    }
}

fn aged<'a>(model: &Model, entry: &Entry, row: &Row) -> Span<'a> {
    let Some(created) = row.created else {
        return blank(model, unknown::of_date(model, entry), AGE);
    };
    let age = age(created, model.now);
    Span::styled(
        format!("{age:>width$} ", width = AGE - 1),
        model.theme.dim(),
    )
}

/// A column of which nothing is known, with the mark that says why.
fn blank<'a>(model: &Model, mark: Option<Mark>, columns: usize) -> Span<'a> {
    let theme = model.theme;
    let symbol = mark.map_or("", |mark| mark.symbol(theme.is_ascii()));
    let style = mark.map_or_else(Style::new, |mark| theme.mark(mark));
    Span::styled(format!("{symbol:>width$} ", width = columns - 1), style)
}

/// The four marks, each in its place. A row that is not read yet and has no other column for it shows its state here.
fn evidence(theme: Theme, row: &Row, columns: Columns, spans: &mut Vec<Span<'_>>) {
    spans.push(Span::raw(" "));
    let Some(marks) = row.marks else {
        let state = row.state.filter(|_| !columns.has_words());
        let symbol = state.map_or(" ", |mark| mark.symbol(theme.is_ascii()));
        let style = state.map_or_else(Style::new, |mark| theme.mark(mark));
        spans.push(Span::styled(symbol, style));
        spans.push(Span::raw(" ".repeat(EVIDENCE - 2)));
        return;
    };
    for (mark, letter) in marks.letters() {
        let symbol = mark.symbol(theme.is_ascii());
        spans.push(Span::styled(format!("{symbol}{letter}"), theme.mark(mark)));
        spans.push(Span::raw(" "));
    }
}

/// A heading: its name, and beside it what stands under it. It may run over all columns but the age.
fn heading(
    theme: Theme,
    row: &Row,
    columns: Columns,
    room: usize,
    before: usize,
    spans: &mut Vec<Span<'_>>,
) {
    let tail =
        if columns.has_age() { AGE } else { 0 } + if columns.has_evidence() { EVIDENCE } else { 0 };
    let room = room.saturating_sub(tail + before);
    let (style, symbol) = match (row.presence, row.state) {
        (Presence::Note, Some(mark)) => (
            theme.mark(mark),
            format!("{} ", mark.symbol(theme.is_ascii())),
        ),
        (Presence::Note, None) => (theme.dim(), String::new()),
        (_, _) => (theme.heading(), String::new()),
    };
    let name = fit(&format!("{symbol}{}", row.label), room, theme.more());
    let mut used = width(&name);
    spans.push(Span::styled(name, style));
    let mut words = row.description.clone();
    if let Some(newest) = row.also.first() {
        words = format!("{newest}{}{words}", theme.dot());
    }
    let words = fit(&words, room.saturating_sub(used + 2), theme.more());
    if !words.is_empty() {
        used += width(&words) + 2;
        spans.push(Span::styled(format!("  {words}"), theme.dim()));
    }
    let size = row.size.filter(|_| columns.has_size()).map(bytes);
    if let Some(size) = size.filter(|size| room > used + width(size) + 1) {
        // In the column of sizes, which is the last that this text runs over.
        spans.push(Span::raw(" ".repeat(room - used - width(&size) - 1)));
        used = room;
        spans.push(Span::raw(format!("{size} ")));
    }
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used))));
}

/// A mark in one or two words.
fn short(mark: Mark) -> &'static str {
    match mark {
        Mark::Verified => "verified",
        Mark::Refuted => "failed its check",
        Mark::Present | Mark::Partly => "there",
        Mark::None => "none",
        Mark::Unsupported => "unsupported",
        Mark::Forbidden => "forbidden",
        Mark::RateLimited => "rate-limited",
        Mark::Missing => "not there",
        Mark::Failed => "failed",
        Mark::Invalid => "invalid",
        Mark::TooLarge => "too large",
        Mark::CutShort => "cut short",
        Mark::Loading => "loading",
        Mark::NotAsked => "not asked",
    }
}
