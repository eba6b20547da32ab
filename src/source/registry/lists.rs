//! The catalog and the list of tags.

use url::Url;

use super::Registry;
use super::error::RequestError;
use super::fetch::Place;
use super::log::RequestKind;
use super::pages::{PageRead, Pages, Walk};
use super::token::Scope;
use crate::oci::{Absence, AbsenceKind, Answer, FoundBy, Page, RemoteText, Repository};
use crate::source::Answers;

const ACCEPT_JSON: &str = "application/json";

/// A page size that registries take which refuse larger ones.
const SMALL_PAGE: usize = 100;

/// A list of names that is being read.
struct NameList<'a> {
    pages: Pages<'a, RemoteText>,
    /// Below `/v2/`.
    path: String,
    /// Page sizes to try, largest first; at last none, which leaves the size to the registry.
    sizes: Vec<Option<usize>>,
}

impl Registry {
    pub(super) async fn catalog(&self, answers: &Answers) -> Result<(), Absence> {
        let list = self.list(
            RequestKind::Catalog,
            "_catalog".to_owned(),
            &["repositories"],
            Scope::Catalog,
        );
        let give = |page| Answer::CatalogListed {
            origin: self.origin.clone(),
            page,
            by: FoundBy::Catalog,
        };
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
            Scope::Repository(repository.path.clone()),
        );
        let mut digest_tags = super::referrers::DigestTags::default();
        let give = |page| Answer::TagsListed {
            repository: repository.clone(),
            page,
            by: FoundBy::TagsList,
        };
        let result = list
            .read_all(answers, give, &mut |names| digest_tags.take(names))
            .await;
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
        scope: Scope,
    ) -> NameList<'_> {
        let smaller = (self.page_size > SMALL_PAGE).then_some(Some(SMALL_PAGE));
        let pages = Pages {
            client: &self.client,
            kind,
            accept: ACCEPT_JSON,
            scope,
            keys,
            walk: Walk::new(),
        };
        let sizes = [Some(self.page_size)]
            .into_iter()
            .chain(smaller)
            .chain([None])
            .collect();
        NameList { pages, path, sizes }
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
                status: 400 | 404 | 405 | 406 | 410 | 501,
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
}

impl NameList<'_> {
    /// Reads the list page by page. Errors come with the number of pages that were given before.
    async fn read_all(
        mut self,
        answers: &Answers,
        give: impl Fn(Page<RemoteText>) -> Answer,
        see: &mut (dyn FnMut(&[RemoteText]) + Send),
    ) -> Result<(), (u32, RequestError)> {
        let mut number = 0;
        let (mut page, mut asked) = self.first_page().await.map_err(|error| (0, error))?;
        loop {
            let step = Self::step(&page, asked);
            let is_last =
                matches!(step, Step::End) && page.cut.is_none() && self.pages.left_out().is_none();
            see(&page.items);
            answers
                .give(give(Page {
                    number,
                    is_last,
                    items: page.items,
                }))
                .await;
            number = number.saturating_add(1);
            if let Some(error) = page.cut {
                return Err((number, error));
            }
            let read = match step {
                Step::End => {
                    return self
                        .pages
                        .left_out()
                        .map_or(Ok(()), |error| Err((number, error)));
                }
                Step::Link(url) => {
                    asked = None;
                    self.page_at(Place::Page(&url)).await
                }
                Step::Last(name) => {
                    let size = asked.map(other_size);
                    let read = self.page_after(&name, size, page.count).await;
                    asked = size;
                    read
                }
            };
            page = read.map_err(|error| (number, error))?;
        }
    }

    fn step(page: &PageRead<RemoteText>, asked: Option<usize>) -> Step {
        match (&page.next, page.items.last()) {
            (Some(url), _) => Step::Link(url.clone()),
            (None, Some(last)) if asked == Some(page.count) => Step::Last(last.clone()),
            _ => Step::End,
        }
    }

    /// The first page, and the size that was asked for: smaller, and at last of whatever size the registry likes,
    /// where it refuses ours.
    async fn first_page(&mut self) -> Result<(PageRead<RemoteText>, Option<usize>), RequestError> {
        let sizes = std::mem::take(&mut self.sizes);
        let mut refused = None;
        for size in sizes {
            let text = size.map(|size| size.to_string());
            let query: Vec<(&str, &str)> = text.iter().map(|text| ("n", text.as_str())).collect();
            let path = self.path.clone();
            match self.page_at(Place::Path(&path, &query)).await {
                Err(
                    error @ RequestError::Status {
                        status: 400 | 413, ..
                    },
                ) => refused = Some(error),
                read => return read.map(|page| (page, size)),
            }
        }
        Err(refused
            .unwrap_or_else(|| RequestError::Local("no page size is left to ask for".to_owned())))
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
        let size = size.unwrap_or(before).to_string();
        let path = self.path.clone();
        let query = [("n", size.as_str()), ("last", last.as_str())];
        let mut page = self.page_at(Place::Path(&path, &query)).await?;
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

/// A page size that is not `size`, and not larger, because larger ones are refused.
fn other_size(size: usize) -> usize {
    if size > 1 { size - 1 } else { 2 }
}
