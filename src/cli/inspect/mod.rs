//! `regscope inspect`: what one image is, and what is attached to it.

mod signed;
pub(super) mod text;

use std::process::ExitCode;

use crate::export::document::{CoveragePart, HolePart};
use crate::export::inspect as document;
use crate::graph::{NodeId, NodeState};
use crate::insight::coverage;
use crate::insight::image::{Image, NamedImage, images_of};
use crate::oci::purpose::DocumentKinds;
use crate::oci::{Address, Question};
use crate::session::Session;

use super::arguments::{Common, Format};
use super::crawled::{self, Crawled, Wanted};
use super::fail::Failure;
use super::read_image::read_image;
use super::{output, progress};

/// Tells what the images of a target are.
pub(super) async fn run(targets: &[String], common: &Common) -> Result<ExitCode, Failure> {
    let wanted = Wanted::of(targets, common, DocumentKinds::ALL)?.full();
    let crawled = crawled::run(wanted, common, |_, _| {}).await?;
    let Crawled::Done(mut read) = crawled else {
        return Ok(crawled::interrupted());
    };
    let mut told = Told::default();
    for root in &read.roots {
        let node = read.session.root_node(root);
        let images = node.map(|node| images_of(&read.session.known.graph, node));
        // One after the other: what their documents say may be more than fits at once.
        for node in images.unwrap_or_default() {
            told.add(&mut read.session, root, node, common).await?;
        }
    }
    let graph = &read.session.known.graph;
    let known = coverage::coverage(graph, |node| read.shown.contains(node.index()));
    let coverage = CoveragePart::new(graph, &known, told.holes);
    let is_complete = coverage.is_complete();
    match common.format {
        Format::Json => output::json(&document::document(&read.title, told.parts, coverage))?,
        Format::Text => {
            let holes = text::holes(&coverage);
            told.texts.extend(holes);
            output::print(&told.texts.join("\n\n"))?;
        }
    }
    Ok(read.code(is_complete))
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
    async fn add(
        &mut self,
        session: &mut Session,
        root: &Address,
        node: NodeId,
        common: &Common,
    ) -> Result<(), Failure> {
        let Some(mut read) = read_image(session, node, common).await else {
            return Ok(());
        };
        if let Address::Tag(_, tag) = root {
            read.image.asked_as = Some(tag.clone());
        }
        self.holes.extend(read.holes);
        self.collect(session, &mut read.image, common).await;
        let signed = signed::verify(session, &mut read.image, &common.config()?)?;
        let graph = &session.known.graph;
        match common.format {
            Format::Json => {
                let signatures = signed.parts()?;
                let part = document::part(graph, &read.image, signatures);
                self.parts.push(part);
            }
            Format::Text => {
                self.texts.push(text::image(graph, &read.image));
                self.texts.extend(signed.section());
            }
        }
        Ok(())
    }
}

/// Images of one chart that are looked at.
const IMAGES: usize = 100;

impl Told {
    /// Reads the images that a chart certainly names, where they are on the registry that is being asked already; no
    /// other is asked because of it.
    async fn collect(&mut self, session: &mut Session, chart: &mut Image, common: &Common) {
        let repository = session.known.graph.repository_of(chart.node);
        let Some(origin) = repository.map(|repository| repository.origin.clone()) else {
            return;
        };
        let is_here = |one: &&mut NamedImage| {
            let at = one.at.as_ref();
            !one.is_guess() && at.is_some_and(|at| *at.origin() == origin)
        };
        let named = || chart.named.iter().filter_map(|one| one.at.clone());
        let unread = named().filter(|at| *at.origin() == origin);
        let unread = unread.filter(|at| {
            session
                .root_node(at)
                .is_none_or(|node| session.known.graph.state(node) == NodeState::NotAsked)
        });
        let questions: Vec<Question> = unread.take(IMAGES).filter_map(question).collect();
        if !questions.is_empty() {
            session.want_below(questions);
            session.run(progress::interrupted(), |_| {}).await;
        }
        for one in chart.named.iter_mut().filter(is_here).take(IMAGES) {
            let node = one.at.as_ref().and_then(|at| session.root_node(at));
            let graph = &session.known.graph;
            let Some(node) = node.map(|node| graph.target(node).unwrap_or(node)) else {
                continue;
            };
            if let Some(read) = read_image(session, node, common).await {
                self.holes.extend(read.holes);
                one.found = Some(Box::new(read.image));
            }
        }
    }
}

/// What asks for an image.
fn question(at: Address) -> Option<Question> {
    match at {
        Address::Tag(repository, tag) => Some(Question::tag(repository, tag)),
        Address::Object(repository, digest) => Some(Question::manifest(repository, digest)),
        Address::Registry(_) | Address::Repository(_) => None,
    }
}
