//! The line above the panes and the line below them.

use std::time::Instant;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tui_input::Input;

use crate::insight::outline::What;
use crate::tui::keys::Hint;
use crate::tui::model::{Model, Trust};
use crate::tui::pane::Pane;
use crate::tui::panes;
use crate::words::{bytes, counted, fit, grouped, head, width};

pub(super) fn top(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    let room = usize::from(area.width);
    // Said on every frame for as long as it holds.
    let banner = if model.trust == Trust::Unverified {
        "TLS IS NOT VERIFIED  "
    } else {
        ""
    };
    let room_of_progress = (room / 2 + 8).saturating_sub(width(banner));
    let progress = fit(&progress(model), room_of_progress, theme.more());
    let place = fit(
        &place(model),
        room.saturating_sub(width(&progress) + width(banner) + 3),
        theme.more(),
    );
    let gap = room.saturating_sub(width(&place) + width(banner) + width(&progress) + 2);
    let style = if model.progress.waiting.is_some() {
        theme.warning()
    } else {
        theme.dim()
    };
    let line = Line::from(vec![
        Span::raw(" "),
        Span::styled(place, theme.strong()),
        Span::raw(" ".repeat(gap)),
        Span::styled(banner, theme.bad()),
        Span::styled(progress, style),
        Span::raw(" "),
    ]);
    frame.render_widget(Paragraph::new(line), area);
}

/// Where the cursor is: registry, repository, row by row.
fn place(model: &Model) -> String {
    let Some(line) = model.tree.selected() else {
        return "regscope".to_owned();
    };
    let node = line.entry.node().or(match line.entry.what {
        What::Fold { of, .. } => Some(of),
        _ => None,
    });
    let Some(view) = node.map(|node| model.known.graph.view(node)) else {
        return "regscope".to_owned();
    };
    let mut parts: Vec<String> = view.origin.map(ToString::to_string).into_iter().collect();
    let path = view
        .repository
        .filter(|repository| !repository.path.is_empty());
    parts.extend(path.map(|repository| repository.path.to_string()));
    parts.join(model.theme.then())
}

/// What is going on.
fn progress(model: &Model) -> String {
    let progress = &model.progress;
    let mut parts = Vec::new();
    if let Some((host, until)) = &progress.waiting {
        let left = until.saturating_duration_since(Instant::now()).as_secs();
        parts.push(format!("{host} asks us to wait, {left} s"));
    }
    let open = progress.in_flight + progress.queued;
    if open > 0 {
        // Both grow: the second because more is found on the way.
        let (done, all) = (progress.done, progress.done + open);
        parts.push(format!("{} of {} loaded", grouped(done), grouped(all)));
    }
    if progress.failed > 0 {
        let key = model.keys.hint("next-problem", model.theme).key;
        parts.push(format!("{} failed ({key})", grouped(progress.failed)));
    }
    if let Some((host, allowance)) = &progress.allowance {
        let (left, all) = (grouped(allowance.remaining), grouped(allowance.limit));
        parts.push(format!("{host}: {left} of {all} requests left"));
    }
    if progress.requests > 0 {
        let requests = usize::try_from(progress.requests).unwrap_or(usize::MAX);
        parts.push(counted(requests, "request", "requests"));
    }
    if progress.bytes > 0 {
        parts.push(bytes(progress.bytes));
    }
    if progress.in_flight > 0 {
        let key = model.keys.hint("stop", model.theme).key;
        parts.push(format!("{} in flight, {key} stops", progress.in_flight));
    }
    for (kind, _) in model.jobs.running() {
        parts.push(kind.words().to_owned());
    }
    parts.join(model.theme.dot())
}

pub(super) fn bottom(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    if let Some((name, input)) = model.top().and_then(Pane::typed) {
        typed(model, frame, area, name, input);
        return;
    }
    if let Some(notice) = &model.notice {
        let text = fit(&format!(" {notice}"), usize::from(area.width), theme.more());
        frame.render_widget(Paragraph::new(Span::styled(text, theme.warning())), area);
        return;
    }
    let mut spans = vec![Span::raw(" ")];
    for (_, Hint { key, verb }) in panes::placed_hints(model, area.width) {
        spans.push(Span::styled(key, theme.key()));
        spans.push(Span::raw(format!(" {verb}   ")));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn typed(model: &Model, frame: &mut Frame<'_>, area: Rect, name: &str, input: &Input) {
    let before = width(name) + 1;
    let room = usize::from(area.width).saturating_sub(before + 1);
    let scroll = input.visual_scroll(room);
    let value: String = crate::oci::remote_text::clean(input.value())
        .chars()
        .skip(scroll)
        .collect();
    let line = Line::from(vec![
        Span::styled(format!(" {name}"), model.theme.key()),
        Span::raw(head(&value, room)),
    ]);
    frame.render_widget(Paragraph::new(line), area);
    let column = before + input.visual_cursor().saturating_sub(scroll);
    let x = area.x
        + u16::try_from(column)
            .unwrap_or(0)
            .min(area.width.saturating_sub(1));
    frame.set_cursor_position(Position::new(x, area.y));
}
