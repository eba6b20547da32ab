//! `regscope tree`.

use std::process::ExitCode;

use crate::export::tree as document;
use crate::insight::coverage;
use crate::oci::Address;
use crate::oci::purpose::DocumentKinds;
use crate::session::Session;
use crate::session::impact::uploads_of;

use super::arguments::{Common, Format};
use super::crawled::{self, Crawled, Wanted};
use super::fail::Failure;
use super::{output, tree_text};

/// Prints the joined graph of the targets.
pub(super) async fn run(targets: &[String], common: &Common) -> Result<ExitCode, Failure> {
    let wanted = Wanted::of(targets, common, DocumentKinds::NONE)?;
    let crawled = crawled::run(wanted, common, |_, _| {}).await?;
    let Crawled::Done(read) = crawled else {
        return Ok(crawled::interrupted());
    };
    let (session, shown) = (&read.session, &read.shown);
    for root in &read.roots {
        if let Some(words) = unasked_aliases(session, root) {
            output::say(&words);
        }
    }
    let uploads = uploads_of(targets);
    match common.format {
        Format::Json => {
            let tags = read.roots.iter();
            let tags = tags.filter(|root| matches!(root, Address::Tag(..)));
            let tags: Vec<_> = tags.filter_map(|root| session.root_node(root)).collect();
            let (graph, content) = (&session.known.graph, &session.known.content);
            output::json(
                &document::document(graph, content, &read.title, shown, &tags)
                    .with_uploads(&uploads),
            )?;
        }
        Format::Text => {
            let manner = tree_text::Manner {
                is_full: common.is_full(),
                digests: if common.shows_digests() {
                    tree_text::Digests::All
                } else {
                    tree_text::Digests::Referrers
                },
                width: output::terminal_width(),
            };
            let mut text = tree_text::text(session, &read.roots, shown, manner);
            if uploads.count > 0 {
                text = format!("{}\n\n{}", text.trim_end(), uploads.words());
            }
            output::print(&text)?;
        }
    }
    let known = coverage::coverage(&session.known.graph, |node| shown.contains(node.index()));
    Ok(read.code(known.is_complete()))
}

/// Says that the other names of a tag were not looked for, where they were not.
fn unasked_aliases(session: &Session, root: &Address) -> Option<String> {
    let Address::Tag(repository, _) = root else {
        return None;
    };
    let count = coverage::unasked_aliases(&session.known.graph, session.root_node(root)?);
    (count > 0).then(|| {
        format!(
            "{count} other tags of {repository} were not asked whether they name the same (--aliases asks each)"
        )
    })
}
