//! What a text names that can be gone to: digests, references, addresses of the web.

use std::collections::HashSet;

use crate::graph::{NodeId, NodeKind};
use crate::insight::outline;
use crate::oci::Digest;
use crate::oci::remote_text::clean;

use super::effect::Effect;
use super::history;
use super::model::Model;

/// Links of one page that are offered; a page with more is a list of its own.
const MOST: usize = 200;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Something that is known.
    Node(String, NodeId),
    /// A reference to something that was not loaded; following it opens it.
    Reference(String),
    /// A digest that nothing that is known has.
    Unknown(String),
    /// An address of the web.
    Url(String),
}

impl Link {
    /// What it is written as.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Node(text, _) | Self::Reference(text) | Self::Unknown(text) | Self::Url(text) => {
                text
            }
        }
    }

    /// What following it does, in words.
    pub(super) const fn words(&self) -> &'static str {
        match self {
            Self::Node(..) => "go there",
            Self::Reference(_) => "open it: its registry is asked",
            Self::Unknown(_) => "nothing loaded has it",
            Self::Url(_) => "open in the browser",
        }
    }
}

/// What a text names, each once and in the order in which it stands there, without what it is about itself and the
/// repository that this is in. Cost: that
/// of the text, and a walk over the graph for each name that could be a tag's.
pub(super) fn in_text(model: &Model, text: &str) -> Vec<Link> {
    let graph = &model.known.graph;
    let selected = model.tree.selected();
    let own = selected.and_then(|line| line.entry.object().or_else(|| line.entry.node()));
    let home = own.and_then(|own| graph.repository_of(own));
    let is_home = |node: NodeId| {
        graph.kind(node) == NodeKind::Repository && graph.repository_of(node) == home
    };
    let mut met = HashSet::new();
    let is_end = |letter: char| letter.is_whitespace() || "\"'<>()[]{},;".contains(letter);
    let words = text.split(is_end);
    let words = words.map(|word| word.trim_end_matches(['.', ':', '|']));
    let links = words.filter_map(|word| {
        let is_new = word.len() > 3 && !met.contains(word);
        let link = is_new.then(|| link(model, word)).flatten()?;
        met.insert(word.to_owned());
        let is_own = matches!(&link, Link::Node(_, node) if Some(*node) == own || is_home(*node))
            || own.is_some_and(|own| {
                graph
                    .digest_of(own)
                    .is_some_and(|digest| word == digest.to_string())
            });
        (!is_own).then_some(link)
    });
    links.take(MOST).collect()
}

fn link(model: &Model, word: &str) -> Option<Link> {
    if word.starts_with("https://") || word.starts_with("http://") {
        let is_plain = word.chars().all(|letter| letter.is_ascii_graphic());
        return is_plain.then(|| Link::Url(word.to_owned()));
    }
    let graph = &model.known.graph;
    let digest = word.rsplit_once('@').map_or(word, |(_, digest)| digest);
    if digest.parse::<Digest>().is_ok() {
        let named = outline::look_up(graph, digest);
        return Some(match named {
            Some(node) => Link::Node(word.to_owned(), node),
            None if digest != word => Link::Reference(word.to_owned()),
            None => Link::Unknown(word.to_owned()),
        });
    }
    let (host, path) = word.split_once('/')?;
    let is_host = host.contains('.') || host.contains(':') || host == "localhost";
    let (path, _) = path.split_once('@').unwrap_or((path, ""));
    let name = path.rsplit_once(':').map_or(path, |(name, _)| name);
    if !is_host || !crate::oci::tag::is_valid_repository(name) {
        return None;
    }
    // A reference without a tag is as often a path of something else: only where it is known.
    match outline::look_up(graph, word) {
        Some(node) => Some(Link::Node(word.to_owned(), node)),
        None => path.contains(':').then(|| Link::Reference(word.to_owned())),
    }
}

/// Goes where a link leads; `H` comes back.
pub(super) fn follow(model: &mut Model, link: &Link) -> Vec<Effect> {
    match link {
        Link::Node(_, node) => {
            history::go_to(model, *node);
            Vec::new()
        }
        Link::Reference(reference) => {
            model.notice = Some(format!("opening {}", clean(reference)));
            vec![Effect::Open(reference.clone())]
        }
        Link::Unknown(digest) => {
            model.notice = Some(format!(
                "nothing that is loaded has {digest}: L loads the rest, y copies"
            ));
            Vec::new()
        }
        Link::Url(url) => {
            model.notice = Some(format!("opening {} in the browser", clean(url)));
            vec![Effect::Browse(url.clone())]
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::insight::outline::fixture::World;
    use crate::tui::screens::Screen;

    use super::*;

    #[test]
    fn a_text_names_what_is_known_and_what_is_not() {
        let mut world = World::default();
        let image = world.image("one", "amd64", "");
        world.tag("1.0", &image);
        let screen = Screen::of(&world, (160, 45));
        let digest = image.digest;
        let other = format!("sha256:{}", "b".repeat(64));
        let text = format!(
            "{digest}, \"{other}\" see https://example.com/a?b=c. and host.example/team/app:2.0 or a/b or {digest}"
        );
        let links = in_text(&screen.model, &text);
        let kinds: Vec<_> = links.iter().map(Link::words).collect();
        let texts: Vec<_> = links.iter().map(Link::text).collect();
        assert_eq!(
            texts,
            [
                digest.to_string().as_str(),
                &other,
                "https://example.com/a?b=c",
                "host.example/team/app:2.0"
            ]
        );
        assert_eq!(
            kinds,
            [
                "go there",
                "nothing loaded has it",
                "open in the browser",
                "open it: its registry is asked"
            ]
        );
    }

    #[test]
    fn nothing_of_a_link_reaches_a_shell_or_a_terminal() {
        let screen = Screen::of(&World::default(), (160, 45));
        let text = "https://a\u{1b}[31m https://\u{202e}x file:///etc/passwd javascript:alert(1)";
        assert_eq!(in_text(&screen.model, text), []);
    }
}
