//! Answers that every local source gives in the same way: a manifest, a config or a document by its digest, a list.

use std::sync::Arc;

use crate::oci::{
    Absence, AbsenceKind, Answer, Descriptor, Digest, FoundBy, ImageConfig, Manifest, Page,
    Question, RemoteText, Repository,
};
use crate::source::Limits;

use super::content::{self, Content};
use super::scan::Scan;

/// The answer that `question` has none, and why.
pub(crate) fn failed(question: Question, absence: Absence) -> Answer {
    Answer::Failed {
        question,
        by: None,
        absence,
    }
}

/// Reads a manifest. `hint` is the media type that a descriptor gave, or empty.
pub(crate) fn read_manifest(
    content: &dyn Content,
    digest: &Digest,
    hint: &str,
    limits: &Limits,
) -> Result<Manifest, Absence> {
    let bytes = content::read(content, digest, limits.manifest())?;
    Manifest::parse(*digest, bytes, hint).map_err(|error| {
        let given = match hint {
            "" => String::new(),
            hint => format!(", and was given as {hint}"),
        };
        Absence::new(
            AbsenceKind::Invalid,
            format!("is no manifest: it is {error}{given}"),
        )
    })
}

/// The answer to what a manifest is.
pub(crate) fn manifest(
    repository: &Repository,
    content: &dyn Content,
    digest: &Digest,
    hint: &str,
    limits: &Limits,
) -> Answer {
    match read_manifest(content, digest, hint, limits) {
        Ok(manifest) => Answer::ManifestRead {
            repository: repository.clone(),
            manifest: Arc::new(manifest),
        },
        Err(absence) => failed(Question::Manifest(repository.clone(), *digest), absence),
    }
}

/// The answer to what a config is.
pub(crate) fn config(
    repository: &Repository,
    content: &dyn Content,
    digest: &Digest,
    limits: &Limits,
) -> Answer {
    let read = content::read(content, digest, limits.manifest()).and_then(|bytes| {
        ImageConfig::parse(bytes).map_err(|error| {
            let reason = format!("is no image configuration: it is {error}");
            Absence::new(AbsenceKind::Invalid, reason)
        })
    });
    match read {
        Ok(config) => Answer::ConfigRead {
            repository: repository.clone(),
            digest: *digest,
            config: Arc::new(config),
        },
        Err(absence) => failed(Question::Config(repository.clone(), *digest), absence),
    }
}

/// The answer to what a document is.
pub(crate) fn document(
    repository: &Repository,
    content: &dyn Content,
    digest: &Digest,
    limits: &Limits,
) -> Answer {
    match content::read(content, digest, limits.document()) {
        Ok(bytes) => Answer::DocumentRead {
            repository: repository.clone(),
            digest: *digest,
            bytes,
        },
        Err(absence) => failed(Question::Document(repository.clone(), *digest), absence),
    }
}

/// The answers to who refers to `subject`, by the scan: always a list, and what the scan could not know.
pub(crate) fn scanned_referrers(
    repository: &Repository,
    subject: &Digest,
    scan: &Scan,
) -> Vec<Answer> {
    let gap = scan.gap();
    let list = Answer::ReferrersListed {
        repository: repository.clone(),
        subject: *subject,
        page: Page {
            number: 0,
            is_last: gap.is_none(),
            items: scan.referrers(subject),
        },
        by: FoundBy::ManifestScan,
    };
    let failure = gap.map(|reason| Answer::Failed {
        question: Question::Referrers(repository.clone(), *subject),
        by: Some(FoundBy::ManifestScan),
        absence: Absence::new(AbsenceKind::CutShort, reason),
    });
    std::iter::once(list).chain(failure).collect()
}

/// The answer to which tags there are, with the reason why the list is not whole, if it is not.
pub(crate) fn tags(
    question: &Question,
    repository: &Repository,
    (names, gap): (Vec<RemoteText>, Option<String>),
    by: FoundBy,
    limits: &Limits,
) -> Vec<Answer> {
    let (page, gap) = names_page(names, gap, limits);
    let listed = Answer::TagsListed {
        repository: repository.clone(),
        page,
        by,
    };
    let gap = gap.map(|absence| failed(question.clone(), absence));
    std::iter::once(listed).chain(gap).collect()
}

/// A list of names as one page, cut at the limit; with the reason why it is not whole, if it is not.
pub(crate) fn names_page(
    mut names: Vec<RemoteText>,
    gap: Option<String>,
    limits: &Limits,
) -> (Page<RemoteText>, Option<Absence>) {
    let count = names.len();
    names.truncate(limits.list_entries);
    let cut = (count > names.len()).then(|| {
        format!(
            "the list has {count} entries; {} are read (setting limits.list_entries)",
            limits.list_entries
        )
    });
    let absence = cut
        .or(gap)
        .map(|reason| Absence::new(AbsenceKind::CutShort, reason));
    let page = Page {
        number: 0,
        is_last: absence.is_none(),
        items: names,
    };
    (page, absence)
}

/// The answer to what a tag names: the target, then its manifest.
pub(crate) fn tag(
    repository: &Repository,
    tag: &RemoteText,
    target: Descriptor,
    by: FoundBy,
    manifest: Answer,
) -> Vec<Answer> {
    let resolved = Answer::TagResolved {
        repository: repository.clone(),
        tag: tag.clone(),
        target,
        by,
    };
    vec![resolved, manifest]
}

/// The answer to a question about a repository that the source does not have.
pub(crate) fn no_repository(question: &Question) -> Vec<Answer> {
    let reason = "there is no such repository here";
    vec![failed(
        question.clone(),
        Absence::new(AbsenceKind::Missing, reason),
    )]
}
