//! The layers: one line each, with the step that made it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::details::Layer;
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::words::{bytes, fit, width};

/// How many lines the layers take.
pub fn line_count(model: &Model) -> usize {
    model
        .details
        .layers
        .iter()
        .map(|layer| lines(layer, 80, model.theme).len())
        .sum()
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let layers = model.details.layers.iter();
    let lines = layers.flat_map(|layer| lines(layer, room, model.theme));
    let shown: Vec<_> = lines
        .skip(model.scroll)
        .take(usize::from(area.height))
        .collect();
    frame.render_widget(Paragraph::new(shown), area);
}

/// A layer, and below it the step that made it; a step that made none stands alone.
fn lines<'a>(layer: &Layer, room: usize, theme: Theme) -> Vec<Line<'a>> {
    let below = |text: &str, style| {
        let text = fit(&format!("     {text}"), room, theme.more());
        Line::styled(text, style)
    };
    let Some(number) = layer.number else {
        return vec![below(&layer.history, theme.dim())];
    };
    let size = layer.size.map(bytes).unwrap_or_default();
    let shared = match layer.others {
        0 => String::new(),
        others => format!("  in {} manifests", others + 1),
    };
    let apart = |text: &str| match text {
        "" => String::new(),
        text => format!("  {text}"),
    };
    let mut spans = vec![
        Span::styled(format!("{number:>3}  "), theme.strong()),
        Span::raw(format!("{size:>8}  ")),
    ];
    let mut used = 15;
    for (text, style) in [
        (layer.problem.clone(), theme.bad()),
        (layer.digest.clone(), theme.text()),
        (shared, theme.good()),
        (apart(&layer.title), theme.text()),
        (apart(&layer.media_type), theme.dim()),
    ] {
        let text = fit(&text, room.saturating_sub(used), theme.more());
        used += width(&text);
        spans.push(Span::styled(text, style));
    }
    let mut lines = vec![Line::from(spans)];
    for (text, style) in [
        (&layer.history, theme.text()),
        (&layer.elsewhere, theme.dim()),
    ] {
        if !text.is_empty() {
            lines.push(below(text, style));
        }
    }
    lines
}
