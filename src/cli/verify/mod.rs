//! `regscope verify`: who signed what, and whether it is true.

mod arguments;
mod file;
mod stored;
mod text;

use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;

use crate::content::Content;
use crate::crawl::Plan;
use crate::evidence::signature::{MAX_EVIDENCE, Report, Trust, Verdict};
use crate::export::tree as shown_part;
use crate::export::verify as document;
use crate::graph::NodeId;
use crate::insight::coverage;
use crate::insight::signatures::{Attached, Collected, ImageVerdict, collect, judge_images};
use crate::oci::Address;
use crate::oci::purpose::DocumentKinds;
use crate::session::{Ended, Known, Session, open};

use super::arguments::{Common, Format};
use super::fail::{BREAKS, Failure, INTERRUPTED, PARTIAL, UNREADABLE};
use super::{output, progress, unmatched};

pub(super) use arguments::VerifyArguments;

/// Checks every signature and attestation of a target, or of a file.
pub(super) async fn run(arguments: &VerifyArguments, common: &Common) -> Result<ExitCode, Failure> {
    let trust = arguments.trust()?;
    let demand = arguments.demand()?;
    let now = Timestamp::now();
    if let Some(path) = file::is_meant(arguments) {
        return file::run(arguments, &path, &trust, &demand, common.format, now);
    }
    let target = arguments.target.as_str();
    let limits = common.limits()?;
    let opened = open(target, &common.network()?, &limits)?;
    let plan = Plan {
        documents: evidence_kinds(),
        ..common.plan(&limits)
    };
    let mut session = Session::start(vec![opened], plan, common.cache(), Known::default());
    let mut line = progress::Line::new();
    let ended = session
        .run(progress::interrupted(), |progress| line.show(progress))
        .await;
    line.clear();
    session.save();
    if ended == Ended::Interrupted {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let root = session
        .roots
        .first()
        .cloned()
        .ok_or_else(|| Failure::usage("no target"))?;
    if let Some(words) = session.unreadable(&root) {
        return Err(Failure::new(UNREADABLE, format!("{target}: {words}")));
    }
    for words in unmatched::told(&session, common) {
        output::say(&words);
    }
    let graph = &session.known.graph;
    let node = session.root_node(&root);
    let shown = match (&root, node) {
        (Address::Tag(..) | Address::Object(..), Some(node)) => shown_part::part_of(graph, node),
        _ => shown_part::whole(graph),
    };
    let named = named(&session, &root, node);
    let first = match &root {
        Address::Tag(_, tag) => Some(tag),
        _ => None,
    };
    let mut collected = collect(graph, &session.known.content, &shown, named, first);
    stored::add(&session, &mut collected).await;
    if let Some(folder) = &arguments.lookaside {
        look_aside(folder, &mut collected, &session.known.content)?;
    }
    let reports = check(&collected, &trust, now);
    let images = judge_images(&collected, &reports, &demand);
    tell_failures(&images, &reports);
    let known = coverage::coverage(graph, |node| shown.contains(node.index()));
    match common.format {
        Format::Json => output::json(&document::of_target(
            target,
            &trust,
            &collected.evidence,
            &reports,
            &images,
            (graph, &known),
        ))?,
        Format::Text => output::print(&text::of_target(&trust, &collected, &reports, &images))?,
    }
    let is_verified = !images.is_empty()
        && images
            .iter()
            .all(|image| image.verdict == Verdict::Verified);
    Ok(ExitCode::from(if !is_verified {
        BREAKS
    } else if known.is_complete() {
        0
    } else {
        PARTIAL
    }))
}

/// Adds the signatures that lie in a folder beside the registry. Blocks.
fn look_aside(folder: &Path, collected: &mut Collected, content: &Content) -> Result<(), Failure> {
    /// A signature of simple signing has about a kilobyte.
    const LIMIT: u64 = 4 << 20;
    if !folder.is_dir() {
        let words = format!("--lookaside {}: it is no folder", folder.display());
        return Err(Failure::usage(words));
    }
    for image in &collected.images {
        let digest = image.digest.to_string().replace(':', "=");
        let name = format!("{}@{digest}", image.repository.path.as_str());
        let is_plain = |part: &str| !matches!(part, "" | "." | "..");
        if !name.split('/').all(is_plain) {
            continue;
        }
        for number in 1..=u32::try_from(MAX_EVIDENCE).unwrap_or(u32::MAX) {
            let path = folder.join(&name).join(format!("signature-{number}"));
            let Ok(found) = std::fs::metadata(&path) else {
                break;
            };
            let failed =
                |reason: String| Failure::new(UNREADABLE, format!("{}: {reason}", path.display()));
            if found.len() > LIMIT {
                return Err(failed("it is too long for a signature".to_owned()));
            }
            let bytes = std::fs::read(&path).map_err(|error| failed(error.to_string()))?;
            let attached = Attached::beside(image, content, number - 1, bytes);
            collected.evidence.push(attached);
        }
    }
    Ok(())
}

/// One good signature makes an image verified; what failed beside it is told.
fn tell_failures(images: &[ImageVerdict<'_>], reports: &[Report]) {
    for image in images
        .iter()
        .filter(|image| image.verdict == Verdict::Verified)
    {
        for report in image
            .also_failed
            .iter()
            .filter_map(|place| reports.get(*place))
        {
            output::say(&format!(
                "{}: another {} {}",
                image.image.reference(),
                report.what.name(),
                report.headline()
            ));
        }
    }
}

/// The attached documents that may be signed: all but charts.
pub(super) const fn evidence_kinds() -> DocumentKinds {
    DocumentKinds::SIGNATURE
        .and(DocumentKinds::PROVENANCE)
        .and(DocumentKinds::SBOM)
        .and(DocumentKinds::VEX)
        .and(DocumentKinds::STATEMENT)
}

/// What one tag names, or a digest: the only images that are meant then are that and what is in it.
fn named(session: &Session, root: &Address, node: Option<NodeId>) -> Option<NodeId> {
    match root {
        Address::Tag(..) => session.known.graph.target(node?),
        Address::Object(..) => node,
        _ => None,
    }
}

/// Checks all evidence, each piece by itself.
pub(super) fn check(collected: &Collected, trust: &Trust, now: Timestamp) -> Vec<Report> {
    collected
        .evidence
        .iter()
        .map(|attached| attached.verify(trust, now))
        .collect()
}
