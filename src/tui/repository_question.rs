//! A host without a catalog: nothing can be listed there, so the person is asked for a repository.

use tui_input::Input;

use crate::graph::NodeId;
use crate::insight::outline::{Segment, What};
use crate::oci::{Absence, AbsenceKind, Address, Asked, Origin};
use crate::tui::model::{Focus, Model};
use crate::tui::panes::Home;

/// Asks by itself, once for each host that was opened as a target, has no catalog and none of whose repositories is
/// known. Whoever is somewhere else when that becomes known is not interrupted, then or later; ↵ on the row still asks.
pub(super) fn by_itself(model: &mut Model) -> Option<Home> {
    if model.top().is_some() {
        return None;
    }
    let hosts: Vec<Origin> = model
        .tree
        .roots()
        .iter()
        .filter_map(|root| match root {
            Address::Registry(origin) if is_without_catalog(model, origin) => Some(origin.clone()),
            _ => None,
        })
        .collect();
    for host in hosts {
        let is_first_time = model.asked_for_repository.insert(host.clone());
        if is_first_time && is_looked_at(model, &host) {
            return Some(ask(model, &host));
        }
    }
    None
}

/// Asks, if the row under the cursor says why there is no catalog. None where it says nothing of the kind.
pub(super) fn on_row(model: &Model) -> Option<Home> {
    without_catalog(model).map(|host| ask(model, host))
}

/// The host whose missing catalog the row under the cursor is about.
pub(super) fn without_catalog(model: &Model) -> Option<&Origin> {
    let What::Note(registry, Asked::Catalog) = model.tree.selected()?.entry.what else {
        return None;
    };
    failure(model, registry)?;
    model.known.graph.view(registry).origin
}

fn ask(model: &Model, host: &Origin) -> Home {
    let reason = model
        .known
        .graph
        .registry(host)
        .and_then(|registry| failure(model, registry))
        .map(|absence| absence.reason.to_string());
    Home {
        input: Input::new(format!("{host}/")),
        reason,
        ..Home::default()
    }
}

fn failure(model: &Model, registry: NodeId) -> Option<&Absence> {
    model
        .known
        .graph
        .asked(registry, Asked::Catalog)?
        .standing_failure()
}

/// Whether the host has said that it lists nothing, or nothing that is a list, and no repository of it is known. What
/// merely failed may come when it is asked for again.
fn is_without_catalog(model: &Model, host: &Origin) -> bool {
    let Some(registry) = model.known.graph.registry(host) else {
        return false;
    };
    let is_final = failure(model, registry).is_some_and(|absence| {
        matches!(
            absence.kind,
            AbsenceKind::Unsupported
                | AbsenceKind::Forbidden
                | AbsenceKind::Missing
                | AbsenceKind::Invalid
        )
    });
    is_final && model.known.graph.outgoing(registry).is_empty() && !has_other_root(model, host)
}

/// Whether a repository of the host, or something in one, is a target as well.
fn has_other_root(model: &Model, host: &Origin) -> bool {
    let roots = model.tree.roots().iter();
    roots.into_iter().any(|root| match root {
        Address::Registry(_) => false,
        Address::Repository(repository)
        | Address::Tag(repository, _)
        | Address::Object(repository, _) => repository.origin == *host,
    })
}

/// Whether the cursor stands in the tree, under this host.
fn is_looked_at(model: &Model, host: &Origin) -> bool {
    let Some(line) = model.tree.selected() else {
        return false;
    };
    let root = line.entry.path.ancestry().last();
    model.focus == Focus::Tree
        && model.tree.filter().is_empty()
        && root
            .is_some_and(|root| *root.segment() == Segment::Root(Address::Registry(host.clone())))
}

#[cfg(test)]
mod tests {
    use crate::crawl::Event;
    use crate::insight::outline::fixture::{World, repository};
    use crate::oci::{Address, Origin, Question};
    use crate::tui::effect::Effect;
    use crate::tui::message::Message;
    use crate::tui::panes::Home;
    use crate::tui::screens::Screen;

    /// A registry that shows no catalog.
    fn without_catalog() -> World {
        let reason =
            "127.0.0.1:5000 has no catalog (404): name a repository, as in 127.0.0.1:5000/NAME";
        let absence = crate::oci::Absence::new(crate::oci::AbsenceKind::Unsupported, reason);
        let mut world = World::default();
        let question = Question::catalog(Origin::new("127.0.0.1:5000"));
        world.failed(question, None, absence);
        world
    }

    #[test]
    fn a_host_without_a_catalog_asks_for_a_repository_and_says_why() {
        let root = Address::Registry(Origin::new("127.0.0.1:5000"));
        for size in [(160, 45), (80, 24), (40, 12)] {
            let mut screen = Screen::over(std::slice::from_ref(&root), &without_catalog(), size);
            let shown = screen.shown();
            assert!(shown.contains("has no catalog"), "{shown}");
            assert!(shown.contains("│ 127.0.0.1:5000/ "), "{shown}");
            screen.press("team/app<Enter>");
            let opened = Effect::Open("127.0.0.1:5000/team/app".into());
            assert_eq!(screen.effects, [opened]);
            screen.tell(Message::Opened(Err("no such thing".to_owned())));
            let shown = screen.shown();
            assert!(
                shown.contains("no such thing") && shown.contains("has no catalog"),
                "{shown}"
            );
            // Away for good, and back with the key that the bottom line tells.
            screen.press("<Esc>");
            assert!(screen.model.top().is_none());
            screen.tell(Message::Crawled(Event::Facts(without_catalog().facts)));
            assert!(screen.model.top().is_none(), "it came again");
            assert!(
                screen.shown().contains("↵ name a repository"),
                "{}",
                screen.shown()
            );
            screen.press("<Enter>");
            assert!(
                screen.shown().contains("│ 127.0.0.1:5000/ "),
                "{}",
                screen.shown()
            );
            screen.tell(Message::Opened(Ok(Address::Repository(repository()))));
            assert!(screen.model.top().is_none());
        }
    }

    #[test]
    fn whoever_is_somewhere_else_is_not_asked_for_a_repository() {
        let registry = Address::Registry(Origin::new("127.0.0.1:5000"));
        let other = Address::Registry(Origin::new("registry.example.com"));
        let is_asked = |screen: &Screen| screen.model.place() == Home::PLACE;
        // On another root, then on this one.
        let roots = [other, registry.clone()];
        let mut screen = Screen::over(&roots, &without_catalog(), (80, 24));
        assert!(!is_asked(&screen));
        screen.press("jjj");
        assert!(!is_asked(&screen));
        // While something is typed; then the line waits until that is done.
        let none = World::default();
        let mut screen = Screen::over(std::slice::from_ref(&registry), &none, (80, 24));
        screen.press(":");
        screen.tell(Message::Crawled(Event::Facts(without_catalog().facts)));
        assert!(screen.model.place().0 == "go to");
        // Where a repository is a target as well.
        let roots = [registry, Address::Repository(repository())];
        assert!(!is_asked(&Screen::over(
            &roots,
            &without_catalog(),
            (80, 24)
        )));
    }
}
