//! `regscope verify`: who signed what, and whether it is true.

mod arguments;
mod file;
mod stored;
mod text;

use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;

use crate::content::Content;
use crate::evidence::signature::{MAX_EVIDENCE, Report, Trust, Verdict};
use crate::export::verify as document;
use crate::graph::NodeId;
use crate::insight::coverage;
use crate::insight::signatures::{Attached, Collected, ImageVerdict, collect, judge_images};
use crate::oci::Address;
use crate::oci::purpose::DocumentKinds;
use crate::session::Session;

use super::arguments::{Common, Format};
use super::crawled::{self, Crawled, Wanted};
use super::fail::{BREAKS, Failure, UNREADABLE};
use super::output;

pub(super) use arguments::VerifyArguments;

/// Checks every signature and attestation of a target, or of a file.
pub(super) async fn run(arguments: &VerifyArguments, common: &Common) -> Result<ExitCode, Failure> {
    let trust = arguments.trust()?;
    let demand = arguments.demand()?;
    let now = Timestamp::now();
    if let Some(path) = file::is_meant(arguments)? {
        return file::run(arguments, &path, &trust, &demand, common.format, now);
    }
    let wanted = Wanted::of(&arguments.targets, common, evidence_kinds())?;
    let crawled = crawled::run(wanted, common, |_, _| {}).await?;
    let Crawled::Done(read) = crawled else {
        return Ok(crawled::interrupted());
    };
    let session = &read.session;
    let graph = &session.known.graph;
    let mut collected = Collected::default();
    for root in &read.roots {
        let first = match root {
            Address::Tag(_, tag) => Some(tag),
            _ => None,
        };
        let named = named(session, root, session.root_node(root));
        let part = read.part(root, common);
        collected.add(collect(graph, &session.known.content, &part, named, first));
    }
    stored::add(session, &mut collected).await;
    if let Some(folder) = &arguments.lookaside {
        look_aside(folder, &mut collected, &session.known.content)?;
    }
    let reports = check(&collected, &trust, now);
    let images = judge_images(&collected, &reports, &demand);
    tell_failures(&images, &reports);
    let known = coverage::coverage(graph, |node| read.shown.contains(node.index()));
    match common.format {
        Format::Json => output::json(&document::of_target(
            &read.title,
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
    Ok(if is_verified {
        read.code(known.is_complete())
    } else {
        ExitCode::from(BREAKS)
    })
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
