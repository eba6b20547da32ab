//! Why a row has no size or no date: a blank is none of the marks.

use std::collections::HashSet;

use crate::graph::{EdgeKind, NodeId, NodeKind, NodeState};
use crate::insight::marks::{self, Mark};
use crate::insight::outline::{self, Entry, Fold, What};
use crate::oci::Role;
use crate::tui::model::Model;

/// What stands where the size is missing. None: there is none to be had.
pub(super) fn of_size(model: &Model, entry: &Entry) -> Option<Mark> {
    match shown(model, entry)? {
        Shown::Unresolved(tag) => told(model, tag),
        Shown::Object(node) => missing(model, node, |_, _| None, &mut HashSet::new()),
    }
}

/// What stands where the date is missing. None: nobody states one.
pub(super) fn of_date(model: &Model, entry: &Entry) -> Option<Mark> {
    match shown(model, entry)? {
        Shown::Unresolved(tag) => told(model, tag),
        Shown::Object(node) => missing(model, node, config, &mut HashSet::new()),
    }
}

/// What a row's size and date are of.
enum Shown {
    /// A tag of which it is not known what it names.
    Unresolved(NodeId),
    /// A manifest.
    Object(NodeId),
}

fn shown(model: &Model, entry: &Entry) -> Option<Shown> {
    let of_tag = |tag: NodeId| match model.known.graph.target(tag) {
        Some(target) => Shown::Object(target),
        None => Shown::Unresolved(tag),
    };
    match &entry.what {
        What::Tags(tags) => match entry.path.node() {
            Some(target) => Some(Shown::Object(target)),
            None => tags.first().copied().map(of_tag),
        },
        What::Object { node, .. } => Some(Shown::Object(*node)),
        // A line of versions has the date of its newest.
        What::Fold {
            fold: Fold::Line(_),
            told,
            ..
        } => told.first().copied().map(of_tag),
        _ => None,
    }
}

/// The state of what has not been read, loading told as such.
fn told(model: &Model, node: NodeId) -> Option<Mark> {
    match marks::of_state(&model.known.graph, node)? {
        Mark::NotAsked if model.is_loading(node) => Some(Mark::Loading),
        mark => Some(mark),
    }
}

/// What is missing of a manifest, or of the first of an index's platforms of which anything is; `of_image` says what else
/// than its own bytes an image needs. Cost: `O(n)` in what stands below, each looked at once.
fn missing(
    model: &Model,
    node: NodeId,
    of_image: fn(&Model, NodeId) -> Option<Mark>,
    seen: &mut HashSet<NodeId>,
) -> Option<Mark> {
    let graph = &model.known.graph;
    // Indexes that list each other have width to the power of depth ways down.
    if !graph.kind(node).is_manifest() || !seen.insert(node) {
        return None;
    }
    if graph.state(node) != NodeState::Loaded {
        return told(model, node);
    }
    if graph.kind(node) == NodeKind::Index {
        let mut platforms = outline::image_platforms(graph, node).into_iter();
        return platforms.find_map(|child| missing(model, child, of_image, seen));
    }
    of_image(model, node)
}

/// Of images alone the config states a date.
fn config(model: &Model, node: NodeId) -> Option<Mark> {
    let graph = &model.known.graph;
    let role = graph.purpose(node)?.role;
    let edges = graph.outgoing(node);
    let config = edges
        .iter()
        .find(|edge| edge.kind == EdgeKind::Config && role == Role::Image)?;
    told(model, config.to)
}

#[cfg(test)]
mod tests {
    use crate::insight::outline::fixture::{World, repository};
    use crate::oci::{Absence, AbsenceKind, Address, Body, Question};
    use crate::tui::screens::Screen;

    /// Size and age of the row of a tag.
    fn columns(screen: &Screen, tag: &str) -> String {
        let shown = screen.shown();
        let start = format!(" {tag} ");
        let mut rows = shown.lines().filter_map(|line| line.split('│').nth(1));
        let row = rows.find(|row| row.contains(&start)).unwrap();
        let columns: String = row
            .chars()
            .skip(row.chars().count() - 30)
            .take(17)
            .collect();
        columns.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_size_and_an_age_that_were_not_asked_for_say_so() {
        let mut world = World::default();
        let read = world.image("1", "amd64", "2026-01-02T10:00:00Z");
        let unread = world.image("2", "amd64", "2026-01-02T10:00:00Z");
        let failed = world.image("3", "amd64", "2026-01-02T10:00:00Z");
        let config = |image: &crate::oci::Manifest| image.config.as_ref().unwrap().digest;
        world
            .facts
            .retain(|fact| match (&fact.answer.question.at, &fact.answer.body) {
                (Address::Object(_, digest), Body::Config(_)) => *digest == config(&read),
                _ => true,
            });
        let forbidden = Absence::new(AbsenceKind::Forbidden, "no");
        let question = Question::config(repository(), config(&failed));
        world.failed(question, None, forbidden);
        world.tags(&["5.0", "4.0", "3.0", "2.0", "1.0"]);
        for (tag, image) in [("1.0", &read), ("2.0", &unread), ("3.0", &failed)] {
            world.tag(tag, image);
        }
        // The cursor stands on the first, and so that is asked for.
        let screen = Screen::of(&world, (160, 45));
        for (tag, told) in [
            ("5.0", "… …"),
            ("4.0", "… …"),
            ("3.0", "20.1 MB #"),
            ("2.0", "20.1 MB ?"),
            ("1.0", "20.1 MB 2 d"),
        ] {
            assert_eq!(columns(&screen, tag), told, "{tag}: {}", screen.shown());
        }
    }
}
