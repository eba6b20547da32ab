//! One package: all that its document says of it, who depends on it and by which path, and the other images that have
//! it.

use std::collections::HashSet;
use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::evidence::sbom::{Link, Package, ROOT, Sbom};
use crate::graph::{EdgeKind, Graph, NodeId};
use crate::insight::freshness::Version;
use crate::insight::package_table::PackageTable;
use crate::oci::remote_text::clean;
use crate::oci::{Digest, RemoteText};
use crate::tui::history;
use crate::tui::keys::{Hint, Place, Verb};
use crate::tui::model::Model;
use crate::tui::pane::{Cover, Flow, Pane};
use crate::tui::popup;
use crate::words::{counted, fit, width, wrap};

use super::moved;

const PLACE: Place = Place("package");
/// Columns of the names.
const NAME: usize = 14;
/// Packages, and images, of each list that are told.
const LISTED: usize = 200;

/// What a line leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    Nowhere,
    /// Another package of the same document, by its number there.
    Package(u32),
    Node(NodeId),
}

#[derive(Clone, Debug)]
struct Told {
    name: String,
    words: String,
    leads: Leads,
}

/// A package, and those that were gone through to it.
#[derive(Debug)]
struct PackagePane {
    table: Arc<PackageTable>,
    /// The document's place among those of the table, and the package's number in it.
    row: (usize, u32),
    before: Vec<(u32, usize)>,
    lines: Vec<Told>,
    cursor: usize,
}

/// Opens the package under the cursor of the table.
pub(super) fn open(model: &mut Model) {
    let current = model.packages.current();
    let Some((table, row)) = current.map(|(table, row)| (table.clone(), row)) else {
        return;
    };
    let Some((bill, number)) = table.place(row) else {
        return;
    };
    let place = table.bills().iter().position(|one| std::ptr::eq(one, bill));
    let mut pane = PackagePane {
        row: (place.unwrap_or_default(), number),
        table: table.clone(),
        before: Vec::new(),
        lines: Vec::new(),
        cursor: 0,
    };
    pane.tell(model);
    model.show(pane);
}

impl PackagePane {
    fn sbom(&self) -> Option<&Sbom> {
        self.table.bills().get(self.row.0)?.reading.sbom()
    }

    fn package(&self) -> Option<&Package> {
        package(self.sbom()?, self.row.1)
    }

    /// Puts together what is told. Cost: `O(V + E)` in the document's packages, and a search of all texts.
    fn tell(&mut self, model: &Model) {
        let mut lines = Lines::default();
        if let (Some(sbom), Some(package)) = (self.sbom(), self.package()) {
            lines.fields(package);
            lines.listed(&self.table, package);
            lines.dependencies(sbom, self.row.1);
            let own = self.table.bills().get(self.row.0).map(|bill| bill.digest);
            lines.elsewhere(model, package, own);
        }
        self.lines = lines.0;
        self.cursor = self.cursor.min(self.lines.len().saturating_sub(1));
    }

    fn go(&mut self, model: &mut Model) -> Flow {
        let leads = self.lines.get(self.cursor).map(|line| line.leads);
        match leads {
            Some(Leads::Package(number)) => {
                self.before.push((self.row.1, self.cursor));
                self.row.1 = number;
                self.cursor = 0;
                self.tell(model);
            }
            Some(Leads::Node(node)) => match history::path_to(model, node) {
                Some(path) => return Flow::Leave(path),
                None => model.notice = Some("no root of this screen leads there".to_owned()),
            },
            _ => {}
        }
        Flow::STAY
    }

    /// To the package that was gone here from, or out.
    fn back(&mut self, model: &Model) -> Flow {
        let Some((number, cursor)) = self.before.pop() else {
            return Flow::CLOSE;
        };
        self.row.1 = number;
        self.cursor = cursor;
        self.tell(model);
        Flow::STAY
    }
}

fn package(sbom: &Sbom, number: u32) -> Option<&Package> {
    sbom.packages.get(usize::try_from(number).ok()?)
}

/// A package in a list: its name and version.
fn in_short(sbom: &Sbom, number: u32) -> String {
    if number == ROOT {
        return "what the document describes".to_owned();
    }
    let Some(package) = package(sbom, number) else {
        return "?".to_owned();
    };
    match &package.version {
        Some(version) => format!("{} {version}", package.name),
        None => package.name.to_string(),
    }
}

#[derive(Default)]
struct Lines(Vec<Told>);

impl Lines {
    fn add(&mut self, name: &str, words: &str, leads: Leads) {
        self.0.push(Told {
            name: clean(name).into_owned(),
            words: clean(words).into_owned(),
            leads,
        });
    }

    fn fields(&mut self, package: &Package) {
        for (name, value) in [
            ("name", Some(&package.name)),
            ("group", package.group.as_ref()),
            ("version", package.version.as_ref()),
            ("type", package.ecosystem.as_ref()),
            ("kind", package.kind.as_ref()),
            ("package URL", package.purl.as_ref()),
            ("supplier", package.supplier.as_ref()),
            ("id", package.id.as_ref()),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                self.add(name, value.as_str(), Leads::Nowhere);
            }
        }
        let licenses = package.licenses.iter().enumerate();
        for (number, license) in licenses {
            let name = if number == 0 { "licence" } else { "" };
            self.add(name, license.as_str(), Leads::Nowhere);
        }
        if package.licenses.is_empty() {
            self.add("licence", "none stated", Leads::Nowhere);
        }
        for (algorithm, hash) in &package.hashes {
            self.add(algorithm.as_str(), hash.as_str(), Leads::Nowhere);
        }
        if !package.within.is_empty() {
            let within: Vec<_> = package.within.iter().map(RemoteText::as_str).collect();
            self.add("within", &within.join(" › "), Leads::Nowhere);
        }
    }

    /// The documents that list it: of several platforms most packages are the same.
    fn listed(&mut self, table: &PackageTable, package: &Package) {
        for (at, bill) in table.listing(package).enumerate() {
            let name = if at == 0 { "listed in" } else { "" };
            let words = format!("{}  {}", bill.label, bill.digest);
            self.add(name, &words, Leads::Nowhere);
        }
    }

    fn dependencies(&mut self, sbom: &Sbom, number: u32) {
        let all = &sbom.dependencies;
        if all.is_empty() {
            self.add(
                "needed by",
                "the document states no dependencies",
                Leads::Nowhere,
            );
            return;
        }
        let path = all.path(number);
        if path.len() > 1 {
            for (step, one) in path.iter().enumerate() {
                let name = if step == 0 { "path" } else { "" };
                let words = format!("{}{}", "  ".repeat(step), in_short(sbom, *one));
                let is_itself = *one == number || *one == ROOT;
                let leads = if is_itself {
                    Leads::Nowhere
                } else {
                    Leads::Package(*one)
                };
                self.add(name, &words, leads);
            }
        }
        let by = |link: Link| match link {
            Link::DependsOn => "",
            Link::Contains => ", as a part of it",
        };
        let dependents: Vec<_> = all.dependents(number).collect();
        if dependents.is_empty() {
            self.add(
                "needed by",
                "nothing in the document says that it needs it",
                Leads::Nowhere,
            );
        }
        self.list("needed by", sbom, &dependents, by);
        let needs: Vec<_> = all.of(number).collect();
        let holds = |link: Link| match link {
            Link::DependsOn => "",
            Link::Contains => ", a part of it",
        };
        self.list("needs", sbom, &needs, holds);
    }

    fn list(
        &mut self,
        name: &str,
        sbom: &Sbom,
        links: &[(u32, Link)],
        how: impl Fn(Link) -> &'static str,
    ) {
        for (at, (number, link)) in links.iter().take(LISTED).enumerate() {
            let name = if at == 0 { name } else { "" };
            let words = format!("{}{}", in_short(sbom, *number), how(*link));
            let leads = if *number == ROOT {
                Leads::Nowhere
            } else {
                Leads::Package(*number)
            };
            self.add(name, &words, leads);
        }
        let more = links.len().saturating_sub(LISTED);
        if more > 0 {
            self.add("", &format!("and {more} more"), Leads::Nowhere);
        }
    }

    /// The other images of which a document that was read lists a package of this name and type.
    fn elsewhere(&mut self, model: &Model, package: &Package, own: Option<Digest>) {
        let name = super::tabs::whole_name(package);
        let kind = package.ecosystem.as_ref().map_or("", RemoteText::as_str);
        let content = &model.known.content;
        let mut searched = 0;
        let mut found = Vec::new();
        for (digest, text) in content.texts().filter(|(digest, _)| Some(**digest) != own) {
            searched += 1;
            let versions: Vec<_> = text
                .named(&name, kind)
                .filter_map(|line| text.version(line))
                .collect();
            if !versions.is_empty() {
                found.push((*digest, versions.join(", ")));
            }
        }
        let graph = &model.known.graph;
        let mut lines: Vec<(String, NodeId)> = Vec::new();
        for (node, versions) in holders(graph, &found) {
            lines.push((format!("{}  {versions}", image_name(graph, node)), node));
        }
        lines.sort();
        lines.dedup();
        if lines.is_empty() {
            let words = format!(
                "none of {} that were read",
                counted(searched, "document", "documents")
            );
            self.add("also in", &words, Leads::Nowhere);
        }
        let more = lines.len().saturating_sub(LISTED);
        for (at, (words, node)) in lines.into_iter().take(LISTED).enumerate() {
            let name = if at == 0 { "also in" } else { "" };
            self.add(name, &words, Leads::Node(node));
        }
        if more > 0 {
            self.add("", &format!("and {more} more"), Leads::Nowhere);
        }
        let left_out = content.texts_left_out();
        if left_out > 0 {
            let words = format!("{left_out} documents are not searched: there is no room for them");
            self.add("", &words, Leads::Nowhere);
        }
    }
}

/// What these documents are attached to. `O(V)`.
fn holders(graph: &Graph, found: &[(Digest, String)]) -> Vec<(NodeId, String)> {
    if found.is_empty() {
        return Vec::new();
    }
    let mut holders = Vec::new();
    let mut seen = HashSet::new();
    for blob in graph.nodes() {
        let digest = graph.digest_of(blob);
        let versions = found.iter().find(|(one, _)| Some(*one) == digest);
        let Some((_, versions)) = versions else {
            continue;
        };
        for layer in graph.incoming_of(blob, EdgeKind::Layer) {
            let about = graph.outgoing(layer.from).into_iter();
            for edge in about.filter(|edge| edge.kind == EdgeKind::Subject) {
                if seen.insert((edge.to, versions.clone())) {
                    holders.push((edge.to, versions.clone()));
                }
            }
        }
    }
    holders
}

/// An image as a person knows it: by a tag of its own or of its index, and its platform.
pub(super) fn image_name(graph: &Graph, node: NodeId) -> String {
    let view = graph.view(node);
    let place = view
        .repository
        .map_or("", |repository| repository.path.as_str());
    // The tag with the most numbers is the most specific one.
    let tag_of = |node: NodeId| {
        let tags = graph.incoming_of(node, EdgeKind::Names);
        let tags = tags.filter_map(|edge| graph.tag_name(edge.from).cloned());
        let numbers = |tag: &RemoteText| {
            let version = Version::parse(tag.as_str());
            version.map_or(0, |version| version.numbers().len())
        };
        tags.max_by_key(|tag| (numbers(tag), std::cmp::Reverse(tag.clone())))
    };
    let index = graph
        .incoming_of(node, EdgeKind::Child)
        .map(|edge| edge.from);
    let tag = std::iter::once(node).chain(index).find_map(tag_of);
    let platform = view
        .platform
        .map_or(String::new(), |platform| format!(" {platform}"));
    match (tag, view.digest) {
        (Some(tag), _) => format!("{place}:{}{platform}", tag.as_str()),
        (None, Some(digest)) => format!("{place}@{}{platform}", digest.short()),
        (None, None) => place.to_owned(),
    }
}

impl Pane for PackagePane {
    fn place(&self) -> Place {
        PLACE
    }

    fn cover(&self) -> Cover {
        Cover::Panes
    }

    fn act(&mut self, model: &mut Model, verb: Verb) -> Flow {
        match verb {
            Verb::Open => return self.go(model),
            Verb::Back => return self.back(model),
            Verb::Escape | Verb::Quit => return Flow::CLOSE,
            _ => self.cursor = moved(self.cursor, self.lines.len(), 10, verb),
        }
        Flow::STAY
    }

    fn draw(&self, model: &Model, frame: &mut Frame<'_>, area: Rect) {
        let theme = model.theme;
        let name = self
            .package()
            .map(super::tabs::whole_name)
            .unwrap_or_default();
        let version = self.package().and_then(|package| package.version.as_ref());
        let version = version.map_or(String::new(), |version| format!(" {version}"));
        let label = self
            .table
            .bills()
            .get(self.row.0)
            .map_or("", |bill| bill.label.as_str());
        let title = format!(" {}{version} {} {label} ", clean(&name), theme.dot());
        let title = fit(
            &title,
            usize::from(area.width.saturating_sub(4)),
            theme.more(),
        );
        let inside = popup::draw_pane(model, frame, area, title, String::new());
        let columns = usize::from(inside.width);
        let rows = usize::from(inside.height);
        let mut lines = Vec::new();
        let mut cursor_end = 0;
        for (number, told) in self.lines.iter().enumerate() {
            let is_current = number == self.cursor;
            let style = match (is_current, told.leads) {
                (true, _) => theme.cursor(true),
                (false, Leads::Nowhere) => theme.text(),
                (false, _) => theme.key(),
            };
            let room = columns.saturating_sub(NAME).max(16);
            for (piece, words) in wrap(&told.words, room).into_iter().enumerate() {
                let name = if piece == 0 { told.name.as_str() } else { "" };
                let gap = NAME.saturating_sub(width(name)).max(1);
                lines.push(Line::from(vec![
                    Span::styled(format!("{name}{}", " ".repeat(gap)), theme.dim()),
                    Span::styled(words, style),
                ]));
            }
            if is_current {
                cursor_end = lines.len();
            }
        }
        let first = cursor_end.saturating_sub(rows);
        let shown: Vec<_> = lines.into_iter().skip(first).take(rows).collect();
        frame.render_widget(ratatui::widgets::Paragraph::new(shown), inside);
    }

    fn hints(&self, model: &Model) -> Vec<Hint> {
        let (keys, theme) = (&model.keys, model.theme);
        let leads = self.lines.get(self.cursor).map(|line| line.leads);
        let mut hints = Vec::new();
        if leads.is_some_and(|leads| leads != Leads::Nowhere) {
            hints.push(keys.hint_as("open", "go there", theme));
        }
        hints.push(keys.hint("back", theme));
        hints.push(Hint::new("j k", "more"));
        hints
    }
}
