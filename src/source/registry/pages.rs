//! Lists that come in pages: asking for one after the other, and when to stop believing that there is a next one.

use std::collections::HashSet;

use reqwest::Method;
use url::Url;

use super::body::SMALL_BODY;
use super::error::{RequestError, words_of};
use super::fetch::{Client, Place, Wanted};
use super::log::RequestKind;
use super::paging::{Entry, next_page, read_entries};
use super::request::Reply;
use super::token::Scope;
use crate::oci::media_type::essence;
use crate::source::Limits;
use crate::source::limits::bytes_in_words;

/// A list that is being read.
pub(super) struct Pages<'a, T: Entry> {
    pub(super) client: &'a Client,
    pub(super) kind: RequestKind,
    pub(super) accept: &'static str,
    pub(super) scope: Scope,
    /// The keys under which the list may stand in the document.
    pub(super) keys: &'static [&'static str],
    pub(super) walk: Walk<T>,
}

/// A page of it.
pub(super) struct PageRead<T> {
    /// What no page before had.
    pub(super) items: Vec<T>,
    /// How many entries it had, known ones included.
    pub(super) count: usize,
    /// Where it goes on.
    pub(super) next: Option<Url>,
    /// Why the list ends here, although it should go on.
    pub(super) cut: Option<RequestError>,
}

impl<T: Entry> Pages<'_, T> {
    /// Asks for a page. The answer may have any status.
    pub(super) async fn ask(&self, place: Place<'_>) -> Result<Reply, RequestError> {
        let wanted = Wanted {
            kind: self.kind,
            method: Method::GET,
            place,
            accept: self.accept,
            scope: self.scope.clone(),
        };
        self.client.fetch(&wanted).await
    }

    /// Reads a page. Errors: there is nothing in it that could be used.
    pub(super) async fn read(&mut self, reply: Reply) -> Result<PageRead<T>, RequestError> {
        let mut reply = reply.success()?;
        let limits = &self.client.transport.limits;
        let room = limits.list_entries.saturating_sub(self.walk.known.len());
        let keys = self.keys;
        let body = reply.take_body();
        let (body, entries) = parsed(body, move |body| read_entries::<T>(body, keys, room)).await?;
        let mut items = entries.items;
        let count = items.len();
        if !entries.is_there {
            let why = not_a_list(&reply, &body, keys, entries.broken);
            return Err(RequestError::Invalid(format!(
                "the list cannot be read: {why}"
            )));
        }
        let next = next_page(&reply.headers, &reply.asked);
        self.walk.took(&reply.asked, body.len(), &mut items);
        if let Some((more, why)) = entries.bad {
            let (count, _) = self.walk.bad.get_or_insert((0, why));
            *count = count.saturating_add(more);
        }
        let cut = if reply.is_cut {
            let most = bytes_in_words(limits.list_bytes);
            Some(format!(
                "the list is larger than {most} (setting limits.list_bytes): this is its start"
            ))
        } else if entries.is_full {
            let most = limits.list_entries;
            Some(format!(
                "the list has more than {most} entries (setting limits.list_entries): this is its start"
            ))
        } else {
            entries
                .broken
                .map(|why| format!("the list breaks off: {why}"))
        };
        let cut = cut.map(RequestError::CutShort);
        let (next, cut) = match (next, cut) {
            (_, Some(cut)) => (None, Some(cut)),
            (Err(error), None) => (None, Some(error)),
            (Ok(Some(next)), None) => match self.walk.may_go_on(&next, limits) {
                Ok(()) => (Some(next), None),
                Err(error) => (None, Some(error)),
            },
            (Ok(None), None) => (None, None),
        };
        Ok(PageRead {
            items,
            count,
            next,
            cut,
        })
    }

    /// What is wrong with entries that were left out; told when the list is at its end.
    pub(super) fn left_out(&self) -> Option<RequestError> {
        let (count, why) = self.walk.bad.as_ref()?;
        let entries = if *count == 1 {
            "one entry".to_owned()
        } else {
            format!("{count} entries")
        };
        Some(RequestError::LeftOut(format!(
            "{entries} of the list cannot be read: {why}"
        )))
    }
}

/// What `parse` makes of a body, and the body. A large one is parsed away from the threads on which everybody's
/// answers arrive: 32 MiB take a second or more.
async fn parsed<R: Send + 'static>(
    body: Vec<u8>,
    parse: impl FnOnce(&[u8]) -> R + Send + 'static,
) -> Result<(Vec<u8>, R), RequestError> {
    if body.len() <= SMALL_BODY {
        let read = parse(&body);
        return Ok((body, read));
    }
    let work = move || {
        let read = parse(&body);
        (body, read)
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| RequestError::Local(format!("reading the list failed here: {error}")))
}

/// Why a document is not the list that was asked for, and what that means where it is a page for people.
fn not_a_list(reply: &Reply, body: &[u8], keys: &[&str], broken: Option<String>) -> String {
    let is_page =
        body.trim_ascii_start().starts_with(b"<") || essence(reply.content_type()) == "text/html";
    if is_page {
        return "what came is a page for people, not a list; this may be no registry, or a login page before it: see \
                the address in a browser"
            .to_owned();
    }
    broken.unwrap_or_else(|| match words_of(body) {
        said if said.is_empty() => format!("it has no `{}`", keys.first().unwrap_or(&"")),
        said => said,
    })
}

/// The guard over the pages of one list: no address twice, no more pages, bytes and entries than the limits allow,
/// and not for ever through pages that have nothing new.
pub(super) struct Walk<T: Entry> {
    addresses: HashSet<String>,
    known: HashSet<T::Key>,
    bad: Option<(usize, String)>,
    bytes: u64,
    barren: u32,
    pages: u32,
}

/// Pages in a row without anything new after which the rest is not believed in. Registries that hide what one may
/// not see give empty pages, but not so many.
const BARREN: u32 = 100;

impl<T: Entry> Walk<T> {
    pub(super) fn new() -> Self {
        Self {
            addresses: HashSet::new(),
            known: HashSet::new(),
            bad: None,
            bytes: 0,
            barren: 0,
            pages: 0,
        }
    }

    /// Counts a page that was read at `url`, and leaves of `items` what no page had before.
    fn took(&mut self, url: &Url, bytes: usize, items: &mut Vec<T>) {
        self.addresses.insert(url.to_string());
        self.pages = self.pages.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes as u64);
        items.retain(|item| self.known.insert(item.key()));
        self.barren = if items.is_empty() {
            self.barren.saturating_add(1)
        } else {
            0
        };
    }

    /// Whether another page may be read, at `next`.
    pub(super) fn may_go_on(&self, next: &Url, limits: &Limits) -> Result<(), RequestError> {
        let cut = |why: String| Err(RequestError::CutShort(why));
        if self.addresses.contains(next.as_str()) {
            return cut(
                "the registry's pages lead back to one that was read: the list has no end"
                    .to_owned(),
            );
        }
        if self.pages >= limits.pages {
            return cut(format!(
                "the list has more than {} pages (setting limits.pages)",
                limits.pages
            ));
        }
        if self.barren >= BARREN {
            return cut(format!(
                "the last {BARREN} pages had nothing new, so the rest was not asked for"
            ));
        }
        if self.bytes >= limits.list_bytes {
            let most = bytes_in_words(limits.list_bytes);
            return cut(format!(
                "the list is larger than {most} (setting limits.list_bytes)"
            ));
        }
        Ok(())
    }
}
