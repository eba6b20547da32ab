//! What is attached to the row under the cursor and was read, for the tabs that tell of it.

use std::collections::HashSet;
use std::sync::Arc;

use crate::evidence::Reading;
use crate::graph::{EdgeKind, Graph, NodeId};
use crate::insight::account::{self, Section};
use crate::insight::attached::{Attached, attached};
use crate::insight::cells::Readings;
use crate::insight::image::{Image, image, parts_of};
use crate::insight::package_table::{Bill, distinct};
use crate::oci::purpose::DocumentKinds;
use crate::oci::{Digest, RemoteText};
use crate::session::Known;
use crate::tui::model::Model;

/// Packages up to which those that several documents list are counted once; that takes a millisecond or two.
const COUNTED: usize = 20_000;

/// The documents of the row under the cursor: of an image and its platforms, or of a referrer alone.
#[derive(Clone, Debug, Default)]
pub struct AttachedState {
    made_of: Option<(NodeId, u64)>,
    /// The image, and the referrer where the row is one.
    subject: Option<(NodeId, Option<NodeId>)>,
    documents: Vec<AttachedDocument>,
    /// Goes up when other documents are here.
    generation: u64,
    counts: Counts,
}

/// A document that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AttachedDocument {
    pub(super) attached: Attached,
    pub(super) platform: Option<RemoteText>,
    pub(super) reading: Arc<Reading>,
}

/// How much there is to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) packages: usize,
    pub(super) provenance: usize,
    pub(super) vex: usize,
    pub(super) statements: usize,
}

/// What an account is made of: the row's node, and a number that goes up when other documents are here.
pub(super) type MadeOf = (NodeId, u64);

/// What is told of an image, away from the screen's thread.
#[derive(Clone, Debug)]
pub struct Telling {
    page: Page,
    made_of: MadeOf,
    image: Arc<Image>,
}

/// Which account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// How it was built.
    Provenance,
    /// What is said of its vulnerabilities.
    Vex,
}

/// An account, and what it is of.
#[derive(Clone, Debug)]
pub struct Account {
    pub(super) page: Page,
    pub(super) made_of: MadeOf,
    pub(super) sections: Vec<Section>,
}

impl PartialEq for Telling {
    fn eq(&self, other: &Self) -> bool {
        self.page == other.page && self.made_of == other.made_of
    }
}

impl Telling {
    /// Puts the account together. `O(n)` in what the documents say.
    pub fn run(&self) -> Account {
        let sections = match self.page {
            Page::Provenance => account::provenance(&self.image),
            Page::Vex => account::vex(&self.image),
        };
        Account {
            page: self.page,
            made_of: self.made_of,
            sections,
        }
    }
}

/// Looks again where something became known, or the cursor is elsewhere. `O(r log r)` in the referrers.
pub(super) fn settle(model: &mut Model) {
    let subject = subject(model);
    let row = subject.map(|(image, carrier)| carrier.unwrap_or(image));
    let made_of = row.map(|row| (row, model.known.version()));
    if model.attached.made_of == made_of && model.attached.subject == subject {
        return;
    }
    let documents = subject.map_or_else(Vec::new, |subject| documents(&model.known, subject));
    let state = &mut model.attached;
    if state.subject != subject || state.documents != documents {
        state.generation += 1;
        state.counts = Counts::of(&documents);
        state.documents = documents;
    }
    state.made_of = made_of;
    state.subject = subject;
}

impl AttachedState {
    pub(super) const fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn documents(&self) -> &[AttachedDocument] {
        &self.documents
    }

    pub(super) fn made_of(&self) -> Option<MadeOf> {
        let (image, carrier) = self.subject?;
        Some((carrier.unwrap_or(image), self.generation))
    }

    /// The bills of materials.
    pub(super) fn bills(&self) -> Vec<Bill> {
        let mut seen = HashSet::new();
        let bills = self.documents.iter().filter_map(|one| {
            let sbom = one.reading.sbom()?;
            let digest = one.attached.blob.digest;
            let is_new =
                !sbom.is_vulnerabilities_only() && seen.insert((digest, one.platform.clone()));
            is_new.then(|| Bill {
                digest,
                label: label(one, &sbom.format.title()),
                reading: one.reading.clone(),
            })
        });
        bills.collect()
    }
}

/// Where a document stands, and what it is.
pub(super) fn label(one: &AttachedDocument, what: &str) -> String {
    match &one.platform {
        Some(platform) => format!("{platform} {what}"),
        None => what.to_owned(),
    }
}

impl Counts {
    fn of(documents: &[AttachedDocument]) -> Self {
        let mut counts = Self::default();
        for one in documents {
            let sbom = one
                .reading
                .sbom()
                .filter(|sbom| !sbom.is_vulnerabilities_only());
            counts.packages += sbom.map_or(0, |sbom| sbom.packages.len());
            counts.provenance += usize::from(one.reading.provenance().is_some());
            counts.vex += one.reading.vex().map_or(0, |vex| vex.statements.len());
            counts.statements += usize::from(one.reading.statement.is_some());
        }
        let bills = || documents.iter().map(|one| &*one.reading);
        let listed: usize = bills()
            .filter_map(Reading::sbom)
            .map(|sbom| sbom.packages.len())
            .sum();
        counts.packages = if listed <= COUNTED {
            distinct(bills())
        } else {
            listed
        };
        counts
    }
}

/// What an account is to be put together from; none where nothing is known of the row.
pub(super) fn telling(model: &Model, page: Page) -> Option<Telling> {
    let made_of = model.attached.made_of()?;
    let (node, carrier) = model.attached.subject?;
    let documents = model.attached.documents.iter();
    let readings: Readings = documents
        .map(|one| (one.attached.blob.digest, one.reading.clone()))
        .collect();
    let known = &model.known;
    let mut image = image(&known.graph, &known.content, &readings, node)?;
    if let Some(carrier) = carrier {
        image
            .documents
            .retain(|read| read.attached.carrier == carrier);
    }
    Some(Telling {
        page,
        made_of,
        image: Arc::new(image),
    })
}

/// The image that the row under the cursor is about, and the referrer where the row is one.
fn subject(model: &Model) -> Option<(NodeId, Option<NodeId>)> {
    let node = model.tree.selected()?.entry.object()?;
    let graph = &model.known.graph;
    if !graph.kind(node).is_manifest() {
        return None;
    }
    let about = subject_of(graph, node);
    let is_evidence = about.is_some() && !crate::insight::marks::wants_evidence(graph, node);
    Some(match about.filter(|_| is_evidence) {
        Some(about) => (about, Some(node)),
        None => (node, None),
    })
}

fn subject_of(graph: &Graph, node: NodeId) -> Option<NodeId> {
    let edges = graph.outgoing(node);
    let mut about = edges.iter().filter(|edge| edge.kind == EdgeKind::Subject);
    about.next().map(|edge| edge.to)
}

fn documents(known: &Known, (image, carrier): (NodeId, Option<NodeId>)) -> Vec<AttachedDocument> {
    let (graph, content) = (&known.graph, &known.content);
    let parts = match carrier {
        Some(_) => vec![image],
        None => parts_of(graph, content, image),
    };
    let mut found = Vec::new();
    for part in parts {
        let platform = graph.view(part).platform.cloned();
        let all = attached(graph, content, part, DocumentKinds::ALL).documents;
        let mut seen: HashSet<(NodeId, Digest)> = HashSet::new();
        for one in all {
            let is_wanted = carrier.is_none_or(|carrier| carrier == one.carrier);
            if !is_wanted || !seen.insert((one.carrier, one.blob.digest)) {
                continue;
            }
            if let Some(reading) = content.reading(&one.blob.digest) {
                found.push(AttachedDocument {
                    attached: one,
                    platform: platform.clone(),
                    reading,
                });
            }
        }
    }
    found
}
