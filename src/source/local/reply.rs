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
    Answer::failed(question, None, absence)
}

/// Reads a manifest. `hint` is the media type that a descriptor gave, or empty.
pub(crate) fn read_manifest(
    content: &dyn Content,
    digest: &Digest,
    hint: &str,
    limits: &Limits,
) -> Result<Manifest, Absence> {
    let bytes = content::read(content, digest, limits.manifest())?;
    parse_manifest(*digest, bytes, hint)
}

fn parse_manifest(digest: Digest, bytes: Arc<[u8]>, hint: &str) -> Result<Manifest, Absence> {
    Manifest::parse(digest, bytes, hint).map_err(|error| {
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

/// What `parse` makes of `bytes`. Where it can make nothing of them they are given as they are, and then the failure of
/// the question.
fn unparsed_or(
    repository: &Repository,
    digest: Digest,
    question: fn(Repository, Digest) -> Question,
    bytes: Result<Arc<[u8]>, Absence>,
    parse: impl FnOnce(Arc<[u8]>) -> Result<Answer, Absence>,
) -> Vec<Answer> {
    let failed = |absence| failed(question(repository.clone(), digest), absence);
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(absence) => return vec![failed(absence)],
    };
    match parse(Arc::clone(&bytes)) {
        Ok(answer) => vec![answer],
        Err(absence) => {
            let repository = repository.clone();
            let unparsed = Answer::bytes(repository, digest, bytes);
            vec![unparsed, failed(absence)]
        }
    }
}

/// The answers to what a manifest is.
pub(crate) fn manifest(
    repository: &Repository,
    content: &dyn Content,
    digest: &Digest,
    hint: &str,
    limits: &Limits,
) -> Vec<Answer> {
    let bytes = content::read(content, digest, limits.manifest());
    unparsed_or(repository, *digest, Question::manifest, bytes, |bytes| {
        let manifest = Arc::new(parse_manifest(*digest, bytes, hint)?);
        let repository = repository.clone();
        Ok(Answer::manifest(repository, manifest))
    })
}

/// The answers to what a config is.
pub(crate) fn config(
    repository: &Repository,
    content: &dyn Content,
    digest: &Digest,
    limits: &Limits,
) -> Vec<Answer> {
    let bytes = content::read(content, digest, limits.manifest());
    unparsed_or(repository, *digest, Question::config, bytes, |bytes| {
        let config = ImageConfig::parse(bytes).map_err(|error| {
            let reason = format!("is no image configuration: it is {error}");
            Absence::new(AbsenceKind::Invalid, reason)
        })?;
        Ok(Answer::config(
            repository.clone(),
            *digest,
            Arc::new(config),
        ))
    })
}

/// The answer to what a document is.
pub(crate) fn document(
    repository: &Repository,
    content: &dyn Content,
    digest: &Digest,
    limits: &Limits,
) -> Answer {
    match content::read(content, digest, limits.document()) {
        Ok(bytes) => Answer::document(repository.clone(), *digest, bytes),
        Err(absence) => failed(Question::document(repository.clone(), *digest), absence),
    }
}

/// The answers to who refers to `subject`, by the scan: always a list, and what the scan could not know.
pub(crate) fn scanned_referrers(
    repository: &Repository,
    subject: &Digest,
    scan: &Scan,
) -> Vec<Answer> {
    let gap = scan.gap();
    let list = Answer::referrers(
        repository.clone(),
        *subject,
        Page {
            number: 0,
            is_last: gap.is_none(),
            items: scan.referrers(subject),
        },
        FoundBy::ManifestScan,
    );
    let failure = gap.map(|reason| {
        Answer::failed(
            Question::referrers(repository.clone(), *subject),
            Some(FoundBy::ManifestScan),
            Absence::new(AbsenceKind::CutShort, reason),
        )
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
    let listed = Answer::tags(repository.clone(), page, by);
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

/// The answers to what a tag names: the target, then its manifest.
pub(crate) fn tag(
    repository: &Repository,
    tag: &RemoteText,
    target: Descriptor,
    by: FoundBy,
    manifest: Vec<Answer>,
) -> Vec<Answer> {
    let resolved = Answer::target(repository.clone(), tag.clone(), target, by);
    std::iter::once(resolved).chain(manifest).collect()
}

/// The answer to a question about a repository that the source does not have.
pub(crate) fn no_repository(question: &Question) -> Vec<Answer> {
    let reason = "there is no such repository here";
    vec![failed(
        question.clone(),
        Absence::new(AbsenceKind::Missing, reason),
    )]
}
