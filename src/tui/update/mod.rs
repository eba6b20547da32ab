//! What a message changes. Pure: what is to be done outside is returned as effects.

#[cfg(test)]
mod tests;

use crate::crawl::Event;

use super::effect::Effect;
use super::jobs::{Done, Ticket};
use super::layout::Layout;
use super::message::Message;
use super::model::Model;
use super::panes::{self, Home, compare, tabs};
use super::tree::Rows;
use super::{document_plan, fetch_plan, preferred, repository_question, verifying};

/// Takes a message in. [`settle`] must follow before the screen is drawn; several messages may come before it.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Pressed(key) => {
            let mut effects = follow(model, Rows::AsTheyAre);
            effects.extend(panes::pressed(model, key));
            effects
        }
        Message::Moused(event) => {
            let mut effects = follow(model, Rows::AsTheyAre);
            effects.extend(panes::moused(model, event));
            effects
        }
        Message::Pasted(text) => {
            panes::pasted(model, &text);
            Vec::new()
        }
        Message::Resized(width, height) => {
            model.size = (width, height);
            Vec::new()
        }
        Message::Crawled(Event::Facts(facts)) => {
            model.known.take(&facts);
            for fact in &facts {
                fetch_plan::answered(model, &fact.answer);
            }
            let mut effects = document_plan::read(model);
            effects.push(Effect::Learn(facts));
            effects
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
        Message::Worked(ticket, done) => worked(model, ticket, done),
        Message::Opened(opened) => {
            panes::opened(model, opened);
            Vec::new()
        }
        Message::Noticed(words) => {
            model.notice = Some(words);
            Vec::new()
        }
        Message::Ended => vec![Effect::Quit],
    }
}

/// A job was done; what nobody waits for any more is dropped.
fn worked(model: &mut Model, ticket: Ticket, done: Done) -> Vec<Effect> {
    if !model.jobs.take(ticket) {
        return Vec::new();
    }
    match done {
        Done::Formatted(digest, lines) => {
            if model.raw.digest() == Some(digest) {
                model.show_raw(digest, lines);
            }
        }
        Done::Read(digest, reading, text) => {
            model.known.read(digest, reading.clone());
            model.known.content.put_text(digest, text);
            let is_chart = reading.chart().is_some();
            let mut effects = vec![Effect::LearnReading(digest, reading)];
            if is_chart {
                effects.extend(panes::impact_again(model));
            }
            return effects;
        }
        Done::Impact(told) => panes::replied(model, ticket.number, told),
        Done::Verified(answer) => tabs::verified(model, answer),
        Done::ViewVerified(answer) => verifying::verified(model, answer),
        Done::Tabulated(table) => tabs::tabulated(model, table),
        Done::Compared(sections) => compare::compared(model, sections),
        Done::Account(told) => tabs::told(model, told),
        Done::Unwrapped(documents) => tabs::unwrapped(model, documents),
    }
    Vec::new()
}

/// Brings everything that follows from the rest up to date: rows, details, scrolling, and what is to be asked for.
///
/// Cost: that of the rows ([`Tree::refresh`](super::tree::Tree::refresh)), and what is proportional to what is seen.
pub fn settle(model: &mut Model, rows: Rows) -> Vec<Effect> {
    let mut effects = follow(model, rows);
    if !model.has(Home::PLACE) {
        effects.extend(compare::settle(model));
        effects.extend(fetch_plan::settle(model));
        effects.extend(preferred::settle(model));
        effects.extend(verifying::settle(model));
        let selected = model.tree.selected();
        if let Some(node) = selected.and_then(|line| line.entry.object()) {
            effects.extend(document_plan::again(model, node));
        }
    }
    if let Some(asking) = repository_question::by_itself(model) {
        model.show(asking);
    }
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
    tabs::settle(model)
}
