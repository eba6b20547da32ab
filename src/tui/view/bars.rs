//! The line above the panes and the line below them.

use std::time::Instant;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tui_input::Input;

use crate::insight::outline::What;
use crate::tui::keymap::{Action, IMPACT, ImpactAction, binding};
use crate::tui::model::{Mode, Model, Pane, Trust};
use crate::tui::pane::Over;
use crate::tui::update::without_catalog;
use crate::words::{bytes, counted, fit, grouped, head, width};

use super::popup;

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
        parts.push(format!("{} failed", grouped(progress.failed)));
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
        parts.push(format!("{} in flight", progress.in_flight));
    }
    parts.join(model.theme.dot())
}

pub(super) fn bottom(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let theme = model.theme;
    match &model.mode {
        Mode::Filter(input) => return typed(model, frame, area, "find: ", input),
        Mode::GoTo(input) => return typed(model, frame, area, "go to: ", input),
        _ => {}
    }
    if let Some(notice) = &model.notice {
        let text = fit(&format!(" {notice}"), usize::from(area.width), theme.more());
        frame.render_widget(Paragraph::new(Span::styled(text, theme.warning())), area);
        return;
    }
    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    for (key, verb) in hints(model) {
        let taken = width(&key) + 1 + width(&verb) + 3;
        if used + taken > usize::from(area.width) + 3 {
            break;
        }
        used += taken;
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

/// The keys that make sense now, with what they do.
fn hints(model: &Model) -> Vec<(String, String)> {
    let theme = model.theme;
    let of_action = |action: Action| {
        let binding = binding(action)?;
        let key = binding.keys.first()?.name(theme);
        Some((key, binding.verb.to_owned()))
    };
    let words = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter();
        pairs
            .map(|(key, verb)| ((*key).to_owned(), (*verb).to_owned()))
            .collect()
    };
    let enter = theme.arrows()[4];
    match &model.mode {
        Mode::Home(home) => {
            let [up, down, ..] = theme.arrows();
            let choose = format!("{up} {down}");
            let choose = (!model.places.is_empty()).then_some((choose.as_str(), "choose"));
            let mut hints = vec![(enter, "open")];
            hints.extend(choose);
            let is_empty = home.reason.is_some() || home.input.value().is_empty();
            let has_place = !model.tree.roots().is_empty() && is_empty;
            let escape = if has_place { "back" } else { "clear" };
            hints.extend([("esc", escape), ("F1", "help"), ("^c", "quit")]);
            return words(&hints);
        }
        Mode::Copy => return words(&[("esc", "nothing")]),
        Mode::UsedBy(_) => return words(&[(enter, "go there"), ("esc", "back")]),
        Mode::Told(sentences, _) if popup::told_below(model, sentences) > 0 => {
            return words(&[("j k", "more"), ("esc", "back")]);
        }
        Mode::Told(..) => return words(&[("esc", "back")]),
        Mode::LoadAll(_) => return words(&[(enter, "load"), ("esc", "not now")]),
        Mode::Help(_) => return words(&[("j k", "more"), ("esc", "back")]),
        Mode::Log(_) => return words(&[("esc", "back"), ("j k", "scroll")]),
        Mode::Why => return words(&[("esc", "back"), (enter, "go there"), ("j k", "path")]),
        Mode::Impact => return impact_hints(model),
        Mode::Browse if model.range.is_some() => {
            return words(&[("j k", "more rows"), ("v", "mark them"), ("esc", "not now")]);
        }
        _ => {}
    }
    let selected = model.tree.selected();
    let what = selected.map(|line| &line.entry.what);
    let is_object = selected.is_some_and(|line| line.entry.object().is_some());
    let is_note = matches!(what, Some(What::Note(..)));
    let mut actions: Vec<Action> = match model.focus {
        Pane::Tree => vec![Action::Open, Action::Back],
        Pane::Details => vec![Action::Down, Action::NextTab, Action::Back],
    };
    if is_note {
        actions.extend([Action::Again, Action::Target]);
    }
    if is_object {
        actions.extend([Action::Mark, Action::Impact, Action::Why]);
    }
    if !is_object && !model.marked.is_empty() {
        actions.push(Action::Impact);
    }
    if model.details.document.is_some() {
        actions.push(Action::Raw);
    }
    actions.extend([Action::Filter, Action::GoTo, Action::NextPane, Action::Copy]);
    if !is_note {
        actions.push(Action::Again);
    }
    // Help and the way out are told whatever else there is room for.
    actions.insert(2, Action::Help);
    actions.insert(3, Action::Quit);
    let mut hints: Vec<_> = actions.into_iter().filter_map(of_action).collect();
    if model.focus == Pane::Tree
        && without_catalog(model).is_some()
        && let Some((_, verb)) = hints.first_mut()
    {
        // What opening means here.
        "name a repository".clone_into(verb);
    }
    hints
}

/// The keys of the impact, which depend on what lies over it.
fn impact_hints(model: &Model) -> Vec<(String, String)> {
    let enter = model.theme.arrows()[4];
    let hint = |(key, verb): (&str, &str)| (key.to_owned(), verb.to_owned());
    let told: &[(&str, &str)] = match model.impact.over {
        Over::Policies { is_other: true, .. } => &[(enter, "compare"), ("esc", "back")],
        Over::Policies { .. } => &[(enter, "take"), ("esc", "back")],
        Over::Plan(..) => &[("y", "copy"), ("tab", "other program"), ("esc", "back")],
        Over::Nothing => &[("esc", "back"), (enter, "go to"), ("w", "why")],
    };
    let mut hints: Vec<_> = told.iter().copied().map(hint).collect();
    if model.impact.over == Over::Nothing {
        let is_one = model.impact.parts.len() < 2;
        let of_several = [ImpactAction::NextRegistry, ImpactAction::PreviousRegistry];
        let told = IMPACT.iter();
        let told = told.filter(|binding| !(is_one && of_several.contains(&binding.action)));
        hints.extend(told.map(|binding| {
            let verb = match binding.action {
                ImpactAction::Difference if model.impact.other.is_some() => "no difference",
                _ => binding.verb,
            };
            hint((&binding.names(model.theme), verb))
        }));
    }
    hints
}
