//! The layers: one line each, with the step that made it.

use std::ops::Range;

use ratatui::text::{Line, Span};

use crate::tui::details::Layer;
use crate::tui::model::Model;
use crate::tui::theme::Theme;
use crate::words::{bytes, fit, width};

use super::TabPage;

/// The layers.
pub(super) struct Layers;

impl TabPage for Layers {
    fn title(&self) -> &'static str {
        "Layers"
    }

    fn count(&self, model: &Model) -> Option<usize> {
        let layers = &model.details.layers;
        let count = layers.iter().filter(|layer| layer.number.is_some()).count();
        (!layers.is_empty()).then_some(count)
    }

    fn len(&self, model: &Model, columns: usize) -> usize {
        let layers = model.details.layers.iter();
        layers
            .map(|layer| lines(layer, columns, model.theme).len())
            .sum()
    }

    fn lines(&self, model: &Model, columns: usize, rows: Range<usize>) -> Vec<Line<'static>> {
        let layers = model.details.layers.iter();
        let lines = layers.flat_map(|layer| lines(layer, columns, model.theme));
        lines.skip(rows.start).take(rows.len()).collect()
    }
}

/// A layer, and below it the step that made it; a step that made none stands alone.
fn lines(layer: &Layer, room: usize, theme: Theme) -> Vec<Line<'static>> {
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
