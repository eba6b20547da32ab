//! What a message changes. Pure: what is to be done outside is returned as effects.

mod ask;
mod copy;
mod history;
mod home;
mod impact;
mod keys;
mod mark;
mod mouse;
mod overlay;
mod preferred;
mod wants;
mod why;

#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod tests;

use crate::crawl::Event;

pub use ask::without_catalog;
pub use copy::{Copied, offers};

use super::details;
use super::effect::Effect;
use super::message::Message;
use super::model::{Mode, Model, Raw, Tab};
use super::tree::Rows;
use super::view::layout::Layout;
use super::view::{layers, overview, raw};

/// Documents up to this size are indented at once; larger ones away from the screen's thread.
const SMALL_DOCUMENT: usize = 64 * 1024;

/// Takes a message in. [`settle`] must follow before the screen is drawn; several messages may come before it.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Pressed(key) => {
            let mut effects = follow(model, Rows::AsTheyAre);
            effects.extend(keys::pressed(model, key));
            effects
        }
        Message::Moused(event) => {
            let mut effects = follow(model, Rows::AsTheyAre);
            effects.extend(mouse::moused(model, event));
            effects
        }
        Message::Pasted(text) => overlay::pasted(model, &text),
        Message::Resized(width, height) => {
            model.size = (width, height);
            Vec::new()
        }
        Message::Crawled(Event::Facts(facts)) => {
            model.known.take(&facts);
            for fact in &facts {
                wants::answered(model, &fact.answer);
            }
            vec![Effect::Learn(facts)]
        }
        Message::Recalled(facts) => {
            // No answer to what was asked now: the wishes stay.
            model.known.take(&facts);
            vec![Effect::Learn(facts)]
        }
        Message::Crawled(Event::Progress(progress)) => {
            if progress.is_idle {
                let open = model.wanted.drain().map(|(question, _)| question);
                model.settled.extend(open);
                model.again.clear();
            }
            model.progress = progress;
            Vec::new()
        }
        Message::Formatted(digest, lines) => {
            if model.raw.digest() == Some(digest) {
                model.raw = Raw::Ready(digest, lines);
            }
            Vec::new()
        }
        Message::Opened(opened) => {
            home::opened(model, opened);
            Vec::new()
        }
        Message::Foretold(ticket, told) => {
            impact::told(model, ticket, told);
            Vec::new()
        }
        Message::Ended => vec![Effect::Quit],
    }
}

/// Brings everything that follows from the rest up to date: rows, details, scrolling, and what is to be asked for.
///
/// Cost: that of the rows ([`Tree::refresh`](super::tree::Tree::refresh)), and what is proportional to what is seen.
pub fn settle(model: &mut Model, rows: Rows) -> Vec<Effect> {
    let mut effects = follow(model, rows);
    if !matches!(model.mode, Mode::Home(_)) {
        effects.extend(wants::settle(model));
        effects.extend(preferred::settle(model));
    }
    ask::by_itself(model);
    effects
}

/// Brings rows, details and scrolling up to date. A key is about what is seen, so rows need not be newer than that.
fn follow(model: &mut Model, rows: Rows) -> Vec<Effect> {
    let layout = Layout::of(model);
    let known = (&model.known.graph, &model.known.content);
    model.tree.refresh(known, layout.tree_rows(), rows);
    let entry = model.tree.selected().map(|line| line.entry.clone());
    let is_other = model.details.refresh(
        &model.known.graph,
        &model.known.content,
        model.tree.outline(),
        entry.as_ref(),
    );
    if is_other {
        model.scroll = 0;
    }
    let mut effects = Vec::new();
    effects.extend(settle_raw(model));
    let lines = match model.shown_tab() {
        Tab::Overview => overview::line_count(model, layout.details_columns()),
        Tab::Raw => raw::line_count(model),
        Tab::Layers => layers::line_count(model),
    };
    let most = lines.saturating_sub(layout.details_rows());
    model.scroll = model.scroll.min(most);
    effects
}

/// The raw tab shows the document of the row: indented at once, or ordered.
fn settle_raw(model: &mut Model) -> Option<Effect> {
    if model.shown_tab() != Tab::Raw || model.raw.digest() == model.details.document {
        return None;
    }
    let digest = model.details.document?;
    let bytes = model.known.content.document(&digest)?;
    if bytes.len() <= SMALL_DOCUMENT {
        model.raw = Raw::Ready(digest, details::indented(&bytes).into());
        return None;
    }
    model.raw = Raw::Formatting(digest);
    Some(Effect::Format(digest, bytes))
}

/// One more root, under the cursor.
fn add_root(model: &mut Model, root: &crate::oci::Address) {
    model.known.begin_at(root);
    model.tree.add_root(&model.known.graph, root);
}
