//! Why something is kept: asking for it, and its keys.

use ratatui::crossterm::event::KeyEvent;

use crate::oci::Digest;
use crate::tui::effect::Effect;
use crate::tui::impact::{Part, Request, Wish};
use crate::tui::keymap::{self, Action};
use crate::tui::model::{Mode, Model};
use crate::tui::pane::WhyPane;

use super::impact;

/// Why is the row under the cursor kept, as things are.
pub(super) fn of_row(model: &mut Model) -> Vec<Effect> {
    let node = model.tree.selected().and_then(|line| line.entry.object());
    let place = node.and_then(|node| {
        let repository = model.known.graph.repository_of(node)?;
        Some((
            repository.origin.clone(),
            repository.path.as_str().to_owned(),
            model.known.graph.digest_of(node)?,
        ))
    });
    let Some((origin, repository, digest)) = place else {
        model.notice =
            Some("manifests and blobs are kept by something; this row is neither".to_owned());
        return Vec::new();
    };
    let mut parts = model.impact.parts.iter();
    let part = parts.find(|part| part.origin == origin);
    let rules = part.map(|part| part.rules.clone());
    let part = Part {
        rules: rules.unwrap_or_default(),
        ..Part::of(origin)
    };
    ask(model, part, (repository, digest), true)
}

/// Why does the line of the impact stay, or go, once all is done.
pub(super) fn of_item(model: &mut Model) -> Vec<Effect> {
    let pane = &model.impact;
    let place = pane.selected().map(|item| &item.place);
    let Some((part, place)) = pane.part().cloned().zip(place) else {
        return Vec::new();
    };
    let node = impact::find(&model.known.graph, &part.origin, place);
    let target = node.and_then(|node| model.known.graph.digest_of(model.known.graph.target(node)?));
    let Some(digest) = place.digest.or(target) else {
        model.notice = Some("it is not known what this tag names".to_owned());
        return Vec::new();
    };
    let about = (place.repository.clone(), digest);
    ask(model, part, about, false)
}

fn ask(model: &mut Model, part: Part, about: (String, Digest), is_fresh: bool) -> Vec<Effect> {
    model.ticket += 1;
    model.why = WhyPane {
        ticket: model.ticket,
        origin: Some(part.origin.clone()),
        about: Some(about.clone()),
        ..WhyPane::default()
    };
    model.mode = Mode::Why;
    let (repository, digest) = about;
    vec![Effect::Foretell(Request {
        ticket: model.ticket,
        part,
        beside: Vec::new(),
        wish: Wish::Why { repository, digest },
        is_fresh,
    })]
}

pub(super) fn pressed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    match keymap::action(key) {
        Some(Action::Back | Action::Quit | Action::Why) => {
            model.mode = if model.impact.is_open {
                Mode::Impact
            } else {
                Mode::Browse
            };
        }
        Some(Action::Open) => {
            let shown = model
                .why
                .shown
                .as_ref()
                .and_then(|shown| shown.as_ref().ok());
            let way = shown.and_then(|reasons| reasons.ways.get(model.why.cursor));
            let place = way.map(|way| way.place.clone());
            if let Some((origin, place)) = model.why.origin.clone().zip(place) {
                impact::leave_to(model, &origin, &place);
            }
        }
        Some(Action::Redraw) => return vec![Effect::Redraw],
        Some(action) => {
            let shown = model
                .why
                .shown
                .as_ref()
                .and_then(|shown| shown.as_ref().ok());
            let ways = shown.map_or(0, |reasons| reasons.ways.len());
            model.why.cursor = impact::moved(model.why.cursor, ways, action);
        }
        None => {}
    }
    Vec::new()
}
