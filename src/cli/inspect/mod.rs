//! `regscope inspect`: what one image is, and what is attached to it.

mod text;

use std::process::ExitCode;

use crate::crawl::Plan;
use crate::export::document::{CoveragePart, HolePart, reference};
use crate::export::inspect as document;
use crate::graph::NodeId;
use crate::insight::cells::is_cose_signature;
use crate::insight::coverage;
use crate::insight::image::{image, images_of, parts_of};
use crate::oci::Address;
use crate::oci::purpose::DocumentKinds;
use crate::session::{Ended, Known, Session, open};

use super::arguments::{Common, Format};
use super::fail::{Failure, INTERRUPTED, PARTIAL, UNREADABLE};
use super::{output, progress, tree, unmatched};

/// Tells what the images of a target are.
pub(super) async fn run(target: &str, common: &Common) -> Result<ExitCode, Failure> {
    let limits = common.limits()?;
    let opened = open(target, &common.network()?, &limits)?;
    let plan = Plan {
        is_full: true,
        documents: DocumentKinds::ALL,
        ..common.plan(&limits)
    };
    let known = Known::default();
    let mut session = Session::start(vec![opened], plan, common.cache(), known);
    let mut line = progress::Line::new();
    let ended = session
        .run(progress::interrupted(), |progress| line.show(progress))
        .await;
    line.clear();
    session.save();
    if ended == Ended::Interrupted {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let Some(root) = session.roots.first().cloned() else {
        return Err(Failure::usage("no target"));
    };
    if let Some(words) = session.unreadable(&root) {
        let words = if words.contains(target) {
            words
        } else {
            format!("{target}: {words}")
        };
        return Err(Failure::new(UNREADABLE, words));
    }
    for words in unmatched::told(&session, common) {
        output::say(&words);
    }
    let images = session
        .root_node(&root)
        .map(|node| images_of(&session.known.graph, node));
    let mut told = Told::default();
    // One after the other: what their documents say may be more than fits at once.
    for node in images.unwrap_or_default() {
        told.add(&mut session, node, common).await;
    }
    let shown = tree::shown(&session, &root, common);
    let graph = &session.known.graph;
    let known = coverage::coverage(graph, |node| shown.contains(node.index()));
    let coverage = CoveragePart::new(graph, &known, told.holes);
    let is_complete = coverage.is_complete();
    match common.format {
        Format::Json => output::json(&document::document(target, told.parts, coverage))?,
        Format::Text => {
            let holes = text::holes(&coverage);
            told.texts.extend(holes);
            output::print(&told.texts.join("\n\n"))?;
        }
    }
    Ok(if is_complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(PARTIAL)
    })
}

/// What is told of images, as far as they were looked at.
#[derive(Default)]
struct Told {
    parts: Vec<document::ImagePart>,
    texts: Vec<String>,
    /// Documents that came and cannot be read.
    holes: Vec<HolePart>,
}

impl Told {
    async fn add(&mut self, session: &mut Session, node: NodeId, common: &Common) {
        let known = &session.known;
        let parts = parts_of(&known.graph, &known.content, node);
        let readings = session.readings(&parts, DocumentKinds::ALL).await;
        let graph = &session.known.graph;
        let Some(mut image) = image(graph, &session.known.content, &readings, node) else {
            return;
        };
        if let Some(Address::Tag(_, tag)) = session.roots.first() {
            image.asked_as = Some(tag.clone());
        }
        if let Some(wanted) = common.platform() {
            image.keep_platform(wanted);
        }
        for read in &image.documents {
            if read.reading.is_unreadable() && !is_cose_signature(&read.attached) {
                let place = graph.repository_of(read.attached.carrier);
                let blob = place.and_then(|place| graph.object(place, &read.attached.blob.digest));
                let problem = read.reading.problems.first();
                let reason = problem.map_or_else(
                    || "it is no document of any kind that is known".into(),
                    |problem| problem.to_string().into(),
                );
                self.holes.push(HolePart {
                    node: blob.map_or(String::new(), |blob| reference(graph, blob)),
                    what: "document",
                    state: "invalid",
                    reason,
                });
            }
        }
        match common.format {
            Format::Json => self.parts.push(document::part(graph, &image)),
            Format::Text => self.texts.push(text::image(graph, &image)),
        }
    }
}
