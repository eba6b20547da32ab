//! The catalog and the list of tags.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use url::Url;

use super::Registry;
use super::error::RequestError;
use super::fetch::Place;
use super::log::RequestKind;
use super::pages::{PageRead, Pages, Walk};
use super::token::Scope;
use crate::oci::{Absence, AbsenceKind, Answer, FoundBy, Page, RemoteText, Repository};
use crate::source::{Answers, Urgency};

const ACCEPT_JSON: &str = "application/json";

/// Page sizes that registries take which refuse larger ones, largest first.
const SMALL_PAGES: [usize; 3] = [100, 50, 10];

/// A list of names that is being read.
struct NameList<'a> {
    pages: Pages<'a, RemoteText>,
    /// Below `/v2/`.
    path: String,
    /// Page sizes to try, largest first; at last none, which leaves the size to the registry.
    sizes: VecDeque<Option<usize>>,
    /// What is known of how the registry pages such lists.
    paging: &'a Mutex<Paging>,
    /// Entries of the largest page that another one followed.
    followed: usize,
}

/// How a registry pages its lists of one kind, as far as it has shown it.
///
/// A page that has fewer entries than were asked for, and no `Link`, is the last one (distribution-spec, "Listing
/// Tags"). Some registries give fewer than they are asked for all the same, honour `last` and send no `Link`: there one
/// question for what follows the last name tells. It is not put for every list: not where the registry was seen to send
/// `Link`, and not for a page that is no larger than one that was shown to be whole, since whoever cuts its pages cuts
/// none below the largest that it gives. So a registry costs a request or two more, however many repositories it has.
#[derive(Debug, Default)]
pub(super) struct Paging {
    /// Whether a page has named the next one.
    names_next: bool,
    /// Whether it was seen to give the same page again when asked for what follows it.
    ignores_last: bool,
    /// Entries of the largest page that nothing followed.
    whole: usize,
    /// The largest page size that the registry was seen to take after it had refused a larger one.
    taken: Option<usize>,
}

/// The paging of one registry.
#[derive(Debug, Default)]
pub(super) struct HostPaging {
    catalog: Mutex<Paging>,
    tags: Mutex<Paging>,
}

impl Paging {
    /// Whether a page of so many entries, fewer than were asked for, may be followed by another one. One entry is no
    /// size of a page; and one list that is whole and just as long as a page can be proves nothing, where the number is
    /// as round as such sizes are: 10, 25, 64, 100, 256.
    fn is_doubtful(&self, count: usize) -> bool {
        let is_round = count >= 10 && (count.is_multiple_of(5) || count.is_multiple_of(8));
        let is_new = count > self.whole || count == self.whole && is_round;
        count > 1 && is_new && !self.names_next && !self.ignores_last
    }
}

impl Registry {
    pub(super) async fn catalog(&self, answers: &Answers) -> Result<(), Absence> {
        let list = self.list(
            RequestKind::Catalog,
            "_catalog".to_owned(),
            &["repositories"],
            (Scope::Catalog, answers.urgency()),
        );
        let give = |page| Answer::catalog(self.origin.clone(), page, FoundBy::Catalog);
        let result = list.read_all(answers, give, &mut |_| {}).await;
        result.map_err(|(pages, error)| self.no_catalog(pages, &error))
    }

    pub(super) async fn tags(
        &self,
        repository: &Repository,
        answers: &Answers,
    ) -> Result<(), Absence> {
        let path = format!("{}/tags/list", repository.path.as_str());
        let list = self.list(
            RequestKind::Tags,
            path,
            &["tags"],
            (
                Scope::Repository(repository.path.clone()),
                answers.urgency(),
            ),
        );
        let mut digest_tags = super::referrers::DigestTags::default();
        let give = |page| Answer::tags(repository.clone(), page, FoundBy::TagsList);
        let mut manifests = Vec::new();
        let result = list
            .read_all(answers, give, &mut |page| {
                digest_tags.take(&page.items);
                manifests.extend_from_slice(&page.manifests);
            })
            .await;
        if !manifests.is_empty() {
            answers
                .give(Answer::contents(repository.clone(), manifests, Vec::new()))
                .await;
        }
        match result {
            Ok(()) => {
                self.known.tags_listed(repository, digest_tags);
                Ok(())
            }
            Err((0, error)) => Err(error.absence()),
            Err((_, error)) => Err(error.absence_of_rest()),
        }
    }

    fn list(
        &self,
        kind: RequestKind,
        path: String,
        keys: &'static [&'static str],
        (scope, urgency): (Scope, Urgency),
    ) -> NameList<'_> {
        let paging = match kind {
            RequestKind::Catalog => &self.paging.catalog,
            _ => &self.paging.tags,
        };
        let pages = Pages {
            client: &self.client,
            kind,
            accept: ACCEPT_JSON,
            scope,
            urgency,
            keys,
            walk: Walk::new(),
        };
        let taken = paging.lock().unwrap_or_else(PoisonError::into_inner).taken;
        let largest = taken.unwrap_or(self.page_size);
        NameList {
            pages,
            path,
            sizes: sizes_from(largest),
            paging,
            followed: 0,
        }
    }

    /// Why there is no catalog, and what to write instead.
    fn no_catalog(&self, pages: u32, error: &RequestError) -> Absence {
        if pages > 0 {
            return error.absence_of_rest();
        }
        let host = &self.client.host;
        let instead = format!("name a repository, as in {host}/NAME");
        match error {
            RequestError::Status {
                status: 400 | 404 | 405 | 406 | 410 | 415 | 501,
                ..
            } => Absence::new(
                AbsenceKind::Unsupported,
                format!("{host} has no catalog ({error}): {instead}"),
            ),
            _ if error.kind() == AbsenceKind::Forbidden => Absence::new(
                AbsenceKind::Forbidden,
                format!("{host} does not show its catalog ({error}); or {instead}"),
            ),
            _ => error.absence(),
        }
    }
}

/// What to do after a page.
enum Step {
    /// Nothing follows.
    End,
    /// Follow a `Link`.
    Link(Url),
    /// Ask for what follows the last name: the page was full, and perhaps the registry has no `Link`.
    Last(RemoteText),
    /// The same, of a page that was not full, or whose `Link` cannot be read.
    Doubt(RemoteText),
}

impl NameList<'_> {
    /// Reads the list page by page. Errors come with the number of pages that were given before.
    async fn read_all(
        mut self,
        answers: &Answers,
        give: impl Fn(Page<RemoteText>) -> Answer,
        see: &mut (dyn FnMut(&PageRead<RemoteText>) + Send),
    ) -> Result<(), (u32, RequestError)> {
        let mut number = 0;
        let (mut page, mut asked) = self.first_page().await.map_err(|error| (0, error))?;
        loop {
            let step = self.step(&page, asked);
            let is_last =
                matches!(step, Step::End) && page.is_sound() && self.pages.left_out().is_none();
            see(&page);
            let last = page.items.last().cloned();
            answers
                .give(give(Page {
                    number,
                    is_last,
                    items: std::mem::take(&mut page.items),
                }))
                .await;
            number = number.saturating_add(1);
            if let Some(error) = page.cut {
                return Err((number, error));
            }
            let read = match step {
                Step::End => {
                    let left_out = page.doubt.or_else(|| self.pages.left_out());
                    return left_out.map_or(Ok(()), |error| Err((number, error)));
                }
                Step::Link(url) => {
                    asked = None;
                    match (self.page_at(Place::Page(&url)).await, &last) {
                        // It was a guess where that page is; what follows the last name is asked for in the plain way.
                        (Err(_), Some(name)) if page.is_moved => {
                            self.page_after(name, None, page.count).await
                        }
                        (read, _) => read,
                    }
                }
                Step::Last(name) => {
                    let size = asked.map(other_size);
                    let read = self.page_after(&name, size, page.count).await;
                    asked = size;
                    read
                }
                Step::Doubt(name) => self.page_in_doubt(&name, asked, page).await,
            };
            page = match (read, last) {
                (Err(error), Some(last)) if is_too_large(&error) => {
                    let (page, size) = self
                        .smaller_page(Some(&last), error)
                        .await
                        .map_err(|error| (number, error))?;
                    asked = size;
                    page
                }
                (read, _) => read.map_err(|error| (number, error))?,
            };
        }
    }

    fn step(&self, page: &PageRead<RemoteText>, asked: Option<usize>) -> Step {
        let mut paging = self.paging();
        if let Some(url) = &page.next {
            paging.names_next = true;
            return Step::Link(url.clone());
        }
        let Some(last) = page.items.last().cloned() else {
            return Step::End;
        };
        if page.doubt.is_some() {
            return Step::Doubt(last);
        }
        if asked == Some(page.count) {
            return Step::Last(last);
        }
        if page.count >= self.followed && paging.is_doubtful(page.count) {
            return Step::Doubt(last);
        }
        Step::End
    }

    fn paging(&self) -> MutexGuard<'_, Paging> {
        self.paging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first page, and the size that was asked for.
    async fn first_page(&mut self) -> Result<(PageRead<RemoteText>, Option<usize>), RequestError> {
        let size = self.sizes.pop_front().flatten();
        match self.page_of(size, None).await {
            Err(error) if is_too_large(&error) => self.smaller_page(None, error).await,
            read => read.map(|page| (page, size)),
        }
    }

    /// The page after `last`, smaller than one that was refused, and at last of whatever size the registry likes; and
    /// the size that was asked for. Errors: none is taken; then why the first was refused.
    async fn smaller_page(
        &mut self,
        last: Option<&RemoteText>,
        refused: RequestError,
    ) -> Result<(PageRead<RemoteText>, Option<usize>), RequestError> {
        while let Some(size) = self.sizes.pop_front() {
            match self.page_of(size, last).await {
                Err(error) if is_too_large(&error) => {}
                read => {
                    let page = read?;
                    // The next list need not be refused first.
                    self.paging().taken = size;
                    self.sizes.push_front(size);
                    return Ok((page, size));
                }
            }
        }
        Err(refused)
    }

    async fn page_at(&mut self, place: Place<'_>) -> Result<PageRead<RemoteText>, RequestError> {
        let reply = self.pages.ask(place).await?;
        self.pages.read(reply).await
    }

    /// The page after `last` in a registry that gave `before` names, exactly as many as were asked for, and no `Link`.
    ///
    /// It is asked for with another size than before. A registry that gives the same names in the same number again
    /// ignores both parameters, and has shown all it has; one that gives the same names in the new number ignores
    /// `last` alone, and the rest cannot be had.
    async fn page_after(
        &mut self,
        last: &RemoteText,
        size: Option<usize>,
        before: usize,
    ) -> Result<PageRead<RemoteText>, RequestError> {
        let mut page = self.page_from(last, Some(size.unwrap_or(before))).await?;
        self.followed = self.followed.max(before);
        let brought_nothing = page.items.is_empty() && page.count > 0;
        if brought_nothing && page.count != before && page.next.is_none() && page.cut.is_none() {
            page.cut = Some(RequestError::CutShort(
                "the registry gives the same page again and names no next one: the rest of the list is out of reach"
                    .to_owned(),
            ));
        }
        Ok(page)
    }
}

impl NameList<'_> {
    async fn page_from(
        &mut self,
        last: &RemoteText,
        size: Option<usize>,
    ) -> Result<PageRead<RemoteText>, RequestError> {
        if let Err(error) = self.pages.has_room() {
            return Ok(PageRead {
                cut: Some(error),
                ..PageRead::nothing()
            });
        }
        self.page_of(size, Some(last)).await
    }

    async fn page_of(
        &mut self,
        size: Option<usize>,
        last: Option<&RemoteText>,
    ) -> Result<PageRead<RemoteText>, RequestError> {
        let size = size.map(|size| size.to_string());
        let size = size.as_deref().map(|size| ("n", size));
        let last = last.map(|last| ("last", last.as_str()));
        let query: Vec<(&str, &str)> = size.into_iter().chain(last).collect();
        let path = self.path.clone();
        self.page_at(Place::Path(&path, &query)).await
    }

    /// The page after `last`, the end of `before`, where it is not known whether there is one. The same size is asked
    /// for as before: a registry that ignores `last` gives the same page then.
    async fn page_in_doubt(
        &mut self,
        last: &RemoteText,
        size: Option<usize>,
        before: PageRead<RemoteText>,
    ) -> Result<PageRead<RemoteText>, RequestError> {
        let left_out = self.pages.walk.left_out.clone();
        let page = match self.page_from(last, size).await {
            Ok(page) => page,
            // A registry that knows no `last` may say so. What it gave before stands as it is.
            Err(RequestError::Status {
                status: 400 | 404 | 405 | 406 | 410 | 416 | 422 | 501,
                ..
            }) => PageRead {
                cut: before.doubt.clone(),
                ..PageRead::nothing()
            },
            Err(error) => return Err(error),
        };
        if !page.items.is_empty() {
            self.followed = self.followed.max(before.count);
            return Ok(page);
        }
        let mut paging = self.paging();
        if page.count == 0 {
            paging.whole = paging.whole.max(before.count);
            return Ok(PageRead {
                doubt: None,
                ..page
            });
        }
        paging.ignores_last = true;
        drop(paging);
        // The same page has the same faults.
        self.pages.walk.left_out = left_out;
        Ok(PageRead {
            cut: page.cut.or(before.doubt),
            next: None,
            doubt: None,
            ..page
        })
    }
}

/// Sizes to try from the largest that may be taken on; at last none.
fn sizes_from(largest: usize) -> VecDeque<Option<usize>> {
    let smaller = SMALL_PAGES.into_iter().filter(|size| *size < largest);
    let sizes = std::iter::once(largest).chain(smaller).map(Some);
    sizes.chain([None]).collect()
}

/// Whether a registry refuses a page for its size, as far as it says.
fn is_too_large(error: &RequestError) -> bool {
    matches!(
        error,
        RequestError::Status {
            status: 400 | 413,
            ..
        }
    )
}

/// A page size that is not `size`, and not larger, because larger ones are refused.
fn other_size(size: usize) -> usize {
    if size > 1 { size - 1 } else { 2 }
}
