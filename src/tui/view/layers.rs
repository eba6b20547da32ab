//! The layers: one line each, with the step that made it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::details::Layer;
use crate::tui::model::Model;
use crate::tui::text::{bytes, fit, width};
use crate::tui::theme::Theme;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let layers = model
        .details
        .layers
        .iter()
        .skip(model.scroll)
        .take(usize::from(area.height));
    let lines: Vec<_> = layers
        .map(|layer| line(layer, usize::from(area.width), model.theme))
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn line<'a>(layer: &Layer, room: usize, theme: Theme) -> Line<'a> {
    let Some(number) = layer.number else {
        let text = fit(
            &format!("              {}", layer.history),
            room,
            theme.more(),
        );
        return Line::styled(text, theme.dim());
    };
    let size = layer.size.map(bytes).unwrap_or_default();
    let mut spans = vec![
        Span::styled(format!("{number:>3} "), theme.strong()),
        Span::raw(format!("{size:>8}  ")),
    ];
    let mut used = 14;
    if !layer.history.is_empty() {
        // The step says more than digest and type, which the tree has.
        let shared = shared(layer);
        let room_for_step = room.saturating_sub(used + width(&shared));
        spans.push(Span::raw(fit(&layer.history, room_for_step, theme.more())));
        spans.push(Span::styled(shared, theme.good()));
        return Line::from(spans);
    }
    for (text, style) in [
        (layer.digest.clone(), theme.text()),
        (format!("  {}", layer.media_type), theme.dim()),
        (shared(layer), theme.good()),
    ] {
        let text = fit(&text, room.saturating_sub(used), theme.more());
        used += width(&text);
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}

fn shared(layer: &Layer) -> String {
    match layer.others {
        0 => String::new(),
        1 => "  shared with 1 other".to_owned(),
        others => format!("  shared with {others} others"),
    }
}
