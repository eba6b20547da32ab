//! `regscope diff`: what differs between two images.

use std::process::ExitCode;

use clap::Args;

use crate::export::diff as document;
use crate::export::document::CoveragePart;
use crate::graph::NodeId;
use crate::insight::coverage;
use crate::insight::diff::{Difference, diff, in_words};
use crate::insight::image::{Image, images_of};
use crate::oci::purpose::DocumentKinds;
use crate::oci::remote_text::clean;
use crate::oci::{Address, Digest, Repository};
use crate::session::{Opened, Session, open};

use super::arguments::{Common, Format};
use super::crawled::{self, Crawled, Wanted};
use super::fail::{BREAKS, Failure, PARTIAL, UNREADABLE, USAGE};
use super::inspect::text;
use super::output;
use super::read_image::{ReadImage, read_image};

/// Tags that are named where a target has several images.
const NAMED: usize = 5;

/// What `diff` is asked.
#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// The first image: a target with one image, as HOST/team/app:1.2 or oci:DIR:1.2.
    #[arg(value_name = "A")]
    a: String,
    /// The second image.
    #[arg(value_name = "B")]
    b: String,
    /// Where both are: A and B are then `repository:tag` or `repository@digest`, as the target shows them.
    #[arg(long = "in", value_name = "TARGET")]
    within: Option<String>,
}

/// Tells what differs between two images.
pub(super) async fn run(arguments: &DiffArguments, common: &Common) -> Result<ExitCode, Failure> {
    let written = [arguments.a.as_str(), arguments.b.as_str()];
    let wanted = match &arguments.within {
        None => {
            let targets = written.map(str::to_owned);
            Wanted::of(&targets, common, DocumentKinds::ALL)?.whole()
        }
        Some(place) => within(place, written, common)?,
    };
    let crawled = crawled::run(wanted, common, |_, _| {}).await?;
    let Crawled::Done(read) = crawled else {
        return Ok(crawled::interrupted());
    };
    let (mut session, shown) = (read.session, read.shown);
    let mut sides = Vec::new();
    for (target, root) in written.into_iter().zip(read.roots) {
        let node = only_image(&session, target, &root, common)?;
        let read = read_image(&mut session, node, common).await;
        let mut read = read.ok_or_else(|| unreadable(target))?;
        if let Address::Tag(_, tag) = root {
            read.image.asked_as = Some(tag);
        }
        has_platform(target, &read.image, common)?;
        sides.push((target, read));
    }
    let Ok([(a, one), (b, other)]) = <[_; 2]>::try_from(sides) else {
        return Err(Failure::usage("two images are compared"));
    };
    let found = diff(&session.known.content, &one.image, &other.image);
    let graph = &session.known.graph;
    let known = coverage::coverage(graph, |node| shown.contains(node.index()));
    let ReadImage { image: one, holes } = one;
    let holes = holes.into_iter().chain(other.holes).collect();
    let coverage = CoveragePart::new(graph, &known, holes);
    let is_complete = coverage.is_complete();
    match common.format {
        Format::Json => {
            let sides = ((a, &one), (b, &other.image));
            let document = document::document(graph, sides.0, sides.1, &found, coverage);
            output::json(&document)?;
        }
        Format::Text => output::print(&in_text((a, b), &found, &coverage))?,
    }
    Ok(match (found.is_same, is_complete) {
        (false, _) => ExitCode::from(BREAKS),
        (true, false) => ExitCode::from(PARTIAL),
        (true, true) => ExitCode::SUCCESS,
    })
}

fn in_text((a, b): (&str, &str), found: &Difference, coverage: &CoveragePart) -> String {
    let mut sections = in_words(found);
    if let Some(first) = sections.first_mut() {
        first.heading = format!("{} → {}  {}", clean(a), clean(b), first.heading);
    }
    let mut page = text::page(&sections);
    if let Some(holes) = text::holes(coverage) {
        page = format!("{page}\n\n{holes}");
    }
    page
}

/// Two images of one target, each as a root of its own: nothing else of the target is read.
fn within(place: &str, written: [&str; 2], common: &Common) -> Result<Wanted, Failure> {
    let (network, limits) = (common.network()?, common.limits()?);
    let opened = open(place, &network, &limits)?;
    let root_of = |reference: &str| {
        address(&opened.root, reference).ok_or_else(|| {
            Failure::usage(format!(
                "{reference:?} names no image of {place}: write repository:tag or repository@digest, as the target shows them"
            ))
        })
    };
    let targets = written.map(|reference| {
        let side = Opened {
            source: opened.source.clone(),
            root: root_of(reference)?,
            title: reference.to_owned(),
            lasting: None,
        };
        Ok((reference.to_owned(), side))
    });
    Ok(Wanted {
        targets: targets.into_iter().collect::<Result<_, Failure>>()?,
        kinds: DocumentKinds::ALL,
        is_full: true,
        needs_all: true,
        unopened: Vec::new(),
    })
}

/// What `repository:tag` or `repository@digest` is within a target; a target that is one repository may leave its name
/// out.
fn address(root: &Address, reference: &str) -> Option<Address> {
    let repository = |path: &str| match root.repository() {
        Some(own) if path.is_empty() || own.path == *path => Some(own.clone()),
        Some(_) => None,
        None if path.is_empty() => None,
        None => Some(Repository::new(root.origin(), path)),
    };
    if let Some((path, digest)) = reference.rsplit_once('@') {
        let path = path.rsplit_once(':').map_or(path, |(path, _)| path);
        let digest: Digest = digest.parse().ok()?;
        return Some(Address::Object(repository(path)?, digest));
    }
    let (path, tag) = match reference.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ if root.repository().is_some() => ("", reference),
        _ => return None,
    };
    (!tag.is_empty()).then_some(Address::Tag(repository(path)?, tag.into()))
}

/// The one image that a target has.
fn only_image(
    session: &Session,
    target: &str,
    root: &Address,
    common: &Common,
) -> Result<NodeId, Failure> {
    let graph = &session.known.graph;
    let images = session.root_node(root).map(|node| images_of(graph, node));
    let images = images.unwrap_or_default();
    if let [only] = images.as_slice() {
        return Ok(*only);
    }
    let filter = common.tags();
    let tags_of = |node: &NodeId| {
        let names = graph.incoming_of(*node, crate::graph::EdgeKind::Names);
        names
            .filter_map(|edge| graph.tag_name(edge.from))
            .collect::<Vec<_>>()
    };
    let wanted: Vec<NodeId> = images
        .iter()
        .copied()
        .filter(|node| {
            !filter.is_open() && tags_of(node).iter().any(|tag| filter.takes(tag.as_str()))
        })
        .collect();
    if let [only] = wanted.as_slice() {
        return Ok(*only);
    }
    if images.is_empty() {
        return Err(unreadable(target));
    }
    let mut names: Vec<String> = images
        .iter()
        .flat_map(tags_of)
        .map(|tag| tag.spelled().to_string())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(NAMED);
    let names = if names.is_empty() {
        "a digest".to_owned()
    } else {
        names.join(", ")
    };
    let words = format!(
        "{target} has {} images, and one is compared: name it, as in {names}",
        images.len()
    );
    Err(Failure::new(USAGE, words))
}

fn unreadable(target: &str) -> Failure {
    let words = format!("{target}: no image of it could be read; name a tag or a digest");
    Failure::new(UNREADABLE, words)
}

/// An error where a platform is asked for that the image does not have: nothing would be compared.
fn has_platform(target: &str, image: &Image, common: &Common) -> Result<(), Failure> {
    let Some(wanted) = common.platform() else {
        return Ok(());
    };
    if image.platforms().next().is_some()
        || image.parts.iter().any(|part| part.platform.is_none()) && !image.is_partial
    {
        return Ok(());
    }
    let words = format!("{target} has no platform {wanted}");
    Err(Failure::new(USAGE, words))
}
