//! The registry client against a registry in this process that behaves, and sometimes does not.

#![expect(
    clippy::unwrap_used,
    reason = "what a test cannot do without should end it"
)]

mod support;

#[path = "client/access.rs"]
mod access;
#[path = "client/content.rs"]
mod content;
#[path = "client/lists.rs"]
mod lists;
#[path = "client/manners.rs"]
mod manners;
#[path = "client/proxy.rs"]
mod proxy;
#[path = "client/references.rs"]
mod references;
#[path = "client/referrers.rs"]
mod referrers;

use regscope::oci::{AbsenceKind, Answer, Body, FoundBy};

/// The names in all pages of a list.
fn names(answers: &[Answer]) -> Vec<String> {
    let mut names = Vec::new();
    for answer in answers {
        match &answer.body {
            Body::Tags(page) | Body::Catalog(page) => {
                names.extend(page.items.iter().map(|item| item.as_str().to_owned()));
            }
            _ => {}
        }
    }
    names
}

/// Whether a list came to its end.
fn is_complete(answers: &[Answer]) -> bool {
    match answers.last() {
        Some(
            Answer {
                body: Body::Tags(page),
                ..
            }
            | Answer {
                body: Body::Catalog(page),
                ..
            },
        ) => page.is_last,
        Some(Answer {
            body: Body::Referrers(page),
            ..
        }) => page.is_last,
        _ => false,
    }
}

/// Every failure: the way, the kind, and what the person sees.
fn failures(answers: &[Answer]) -> Vec<(Option<FoundBy>, AbsenceKind, String)> {
    let mut failures = Vec::new();
    for answer in answers {
        if let Answer {
            by,
            body: Body::Failed(absence),
            ..
        } = answer
        {
            failures.push((*by, absence.kind, absence.reason.to_string()));
        }
    }
    failures
}

/// The only failure.
fn failure(answers: &[Answer]) -> (AbsenceKind, String) {
    let mut failures = failures(answers);
    assert_eq!(failures.len(), 1, "{answers:?}");
    let (_, kind, reason) = failures.remove(0);
    (kind, reason)
}
