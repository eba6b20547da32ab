//! `regscope search`.

use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::evidence::Reading;
use crate::evidence::sbom::Package;
use crate::export::document::{CoveragePart, DocumentPart};
use crate::export::sbom::{document_part, unreadable_part};
use crate::export::search::{self as document, ImagePart, Match, Searched, VulnerabilityPart};
use crate::export::tree::shown_path;
use crate::graph::{EdgeKind, Graph, NodeId, NodeKind};
use crate::insight::bills::{self, Placed};
use crate::insight::coverage;
use crate::insight::search::{PackageQuery, Query};
use crate::oci::purpose::DocumentKinds;
use crate::oci::remote_text::clean;
use crate::oci::{Digest, RemoteText, Role};

use super::arguments::{Common, Format};
use super::crawled::{self, Crawled, Wanted};
use super::fail::{BREAKS, Failure, PARTIAL};
use super::output;

/// What `search` is asked.
#[derive(Debug, Args)]
pub(super) struct SearchArguments {
    /// Where to look.
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    /// A package: its exact name, a glob or a package URL; with a range of versions, as in 'openssl@<3.0.7'.
    #[arg(long, value_name = "NAME[@RANGE]")]
    package: Option<String>,
    /// A licence, or an expression of several.
    #[arg(long, value_name = "EXPR")]
    license: Option<String>,
    /// A vulnerability that VEX speaks of.
    #[arg(long, value_name = "ID", conflicts_with_all = ["package", "license"])]
    vulnerability: Option<String>,
}

impl SearchArguments {
    fn query(&self) -> Result<Query, Failure> {
        let package = self.package.as_deref().map(PackageQuery::parse).transpose();
        let package = package.map_err(|error| Failure::usage(format!("--package: {error}")))?;
        let query = Query {
            package,
            license: self.license.clone(),
            vulnerability: self.vulnerability.clone(),
        };
        if !query.is_of_packages() && query.vulnerability.is_none() {
            return Err(Failure::usage(
                "say what to look for: --package, --license or --vulnerability",
            ));
        }
        Ok(query)
    }
}

/// Something that was found in a document.
struct Hit {
    package: Package,
    vulnerability: Option<VulnerabilityPart>,
}

/// What was found in a document, and how it is told of.
struct Searches {
    is_bill: bool,
    is_vex: bool,
    /// None where its bytes make sense.
    unreadable: Option<Arc<Reading>>,
    part: DocumentPart,
    hits: Vec<Hit>,
}

/// Looks a document through.
fn look(query: &Query, reading: &Arc<Reading>) -> Searches {
    let mut hits = Vec::new();
    if let Some(sbom) = reading.sbom() {
        hits.extend(query.packages(sbom).map(|package| Hit {
            package: package.clone(),
            vulnerability: None,
        }));
    }
    if let Some(vex) = reading.vex() {
        hits.extend(query.statements(vex).map(|(statement, product)| {
            let id = product.map(|product| &product.id);
            let is_purl = id.is_some_and(|id| id.as_str().starts_with("pkg:"));
            Hit {
                package: Package {
                    name: id.cloned().unwrap_or_default(),
                    purl: id.filter(|_| is_purl).cloned(),
                    ..Package::default()
                },
                vulnerability: Some(VulnerabilityPart {
                    id: statement.vulnerability.clone(),
                    status: statement.status.name(),
                    justification: statement.justification.clone(),
                }),
            }
        }));
    }
    Searches {
        is_bill: reading
            .sbom()
            .is_some_and(|sbom| !sbom.is_vulnerabilities_only()),
        is_vex: reading.vex().is_some(),
        unreadable: reading.is_unreadable().then(|| reading.clone()),
        part: document_part(None, reading),
        hits,
    }
}

/// Prints which images have what is looked for.
pub(super) async fn run(arguments: &SearchArguments, common: &Common) -> Result<ExitCode, Failure> {
    let query = arguments.query()?;
    let kinds = match query.vulnerability {
        Some(_) => DocumentKinds::SBOM.and(DocumentKinds::VEX),
        None => DocumentKinds::SBOM,
    };
    // Documents are looked through as they come: what they say may be more than fits.
    let found: Arc<Mutex<HashMap<Digest, Searches>>> = Arc::default();
    let listener = {
        let (found, query) = (found.clone(), query.clone());
        move |digest: Digest, reading: &Arc<Reading>| {
            let searches = look(&query, reading);
            found
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(digest, searches);
        }
    };
    let wanted = Wanted::of(&arguments.targets, common, kinds)?;
    let crawled = crawled::run(wanted, common, listener).await?;
    let Crawled::Done(read) = crawled else {
        return Ok(crawled::interrupted());
    };
    let (session, shown) = (&read.session, &read.shown);
    let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    let (graph, content) = (&session.known.graph, &session.known.content);
    let is_shown = |node: NodeId| shown.contains(node.index());
    let placed = bills::placed(graph, content, is_shown, kinds);
    let known = coverage::coverage(graph, is_shown);
    let unreadable = placed.iter().filter_map(|one| {
        Some(unreadable_part(
            one,
            found.get(&one.blob)?.unreadable.as_ref()?,
        ))
    });
    let coverage = CoveragePart::new(graph, &known, unreadable.collect());
    let searched = searched(graph, is_shown, &placed, &found, &query);
    let matches = matches(graph, &placed, &found);
    let is_complete = coverage.is_complete() && !read.is_in_part;
    let code = match (matches.is_empty(), is_complete) {
        (false, _) => ExitCode::SUCCESS,
        (true, true) => ExitCode::from(BREAKS),
        (true, false) => ExitCode::from(PARTIAL),
    };
    match common.format {
        Format::Json => output::json(&document::document(matches, searched, coverage))?,
        Format::Text => {
            output::print(&text(&matches, searched))?;
            for hole in crawled::in_words(&coverage) {
                output::say(&hole);
            }
        }
    }
    Ok(code)
}

fn matches<'f>(
    graph: &Graph,
    placed: &[Placed],
    found: &'f HashMap<Digest, Searches>,
) -> Vec<Match<'f>> {
    let mut matches = Vec::new();
    for one in placed {
        let Some(searches) = found.get(&one.blob) else {
            continue;
        };
        for hit in &searches.hits {
            matches.push(Match {
                package: &hit.package,
                vulnerability: hit.vulnerability.clone(),
                document: searches.part.clone().at(one),
                image: ImagePart {
                    repository: shown_path(&one.repository).clone(),
                    digest: one.subject_digest,
                    platform: one.platform.clone(),
                },
                tags: tags(graph, one.subject),
            });
        }
    }
    matches
}

/// The tags that name a manifest or an index of it.
fn tags(graph: &Graph, subject: NodeId) -> Vec<RemoteText> {
    let indexes = graph
        .incoming_of(subject, EdgeKind::Child)
        .map(|edge| edge.from);
    let all = std::iter::once(subject).chain(indexes);
    let names = all.flat_map(|node| graph.incoming_of(node, EdgeKind::Names).collect::<Vec<_>>());
    let names = names.filter_map(|edge| graph.tag_name(edge.from).cloned());
    let names: BTreeSet<RemoteText> = names.collect();
    names.into_iter().collect()
}

fn searched(
    graph: &Graph,
    is_shown: impl Fn(NodeId) -> bool,
    placed: &[Placed],
    found: &HashMap<Digest, Searches>,
    query: &Query,
) -> Searched {
    let has_bill = |one: &&Placed| {
        found
            .get(&one.blob)
            .is_some_and(|searches| searches.is_bill)
    };
    let with_bill: BTreeSet<NodeId> = placed
        .iter()
        .filter(has_bill)
        .map(|one| one.subject)
        .collect();
    let mut searched = Searched::default();
    for node in graph.nodes().filter(|node| is_shown(*node)) {
        let role = graph.purpose(node).map(|purpose| purpose.role);
        if !matches!(graph.kind(node), NodeKind::Manifest) || role != Some(Role::Image) {
            continue;
        }
        searched.images += 1;
        let mut indexes = graph
            .incoming_of(node, EdgeKind::Child)
            .map(|edge| edge.from);
        if !with_bill.contains(&node) && !indexes.any(|index| with_bill.contains(&index)) {
            searched.without_sbom += 1;
        }
    }
    let is_searched = |one: &&Placed| {
        found
            .get(&one.blob)
            .is_some_and(|searches| match query.vulnerability {
                Some(_) => searches.is_vex,
                None => searches.is_bill,
            })
    };
    searched.documents = placed.iter().filter(is_searched).count();
    searched
}

fn text(matches: &[Match<'_>], searched: Searched) -> String {
    let mut lines: Vec<String> = matches.iter().map(line).collect();
    lines.dedup();
    let images = crate::words::counted(searched.images, "image", "images");
    let documents = crate::words::counted(searched.documents, "document", "documents");
    let mut end = format!(
        "{} in {documents} of {images}",
        crate::words::counted(matches.len(), "match", "matches")
    );
    if searched.without_sbom > 0 {
        let without = crate::words::counted(searched.without_sbom, "has", "have");
        end = format!("{end}; {without} no bill of materials");
    }
    lines.push(end);
    lines.join("\n")
}

fn line(found: &Match<'_>) -> String {
    let place = match found.tags.as_slice() {
        [] => format!("{}@{}", found.image.repository, found.image.digest.short()),
        [first, rest @ ..] => {
            let more = if rest.is_empty() {
                String::new()
            } else {
                format!(" (+{})", rest.len())
            };
            format!("{}:{}{more}", found.image.repository, first.spelled())
        }
    };
    let platform = found
        .image
        .platform
        .as_ref()
        .map(|platform| format!(" {platform}"));
    let package = match &found.package.version {
        Some(version) => format!("{} {version}", found.package.name),
        None => found.package.name.to_string(),
    };
    let said = found
        .vulnerability
        .as_ref()
        .map(|said| match &said.justification {
            Some(why) => format!("  {}: {} ({why})", said.id, said.status),
            None => format!("  {}: {}", said.id, said.status),
        });
    let line = format!(
        "{place}{}  {package}{}",
        platform.unwrap_or_default(),
        said.unwrap_or_default()
    );
    clean(&line).into_owned()
}
