//! Lists that come in pages: asking for one after the other, and when to stop believing that there is a next one.

use std::collections::HashSet;

use reqwest::Method;
use url::Url;

use super::error::{RequestError, words_of};
use super::fetch::{Client, Place, Wanted};
use super::link::{NOT_ITS_OWN, Next, next_page};
use super::log::RequestKind;
use super::paging::{Entry, read_entries};
use super::request::Reply;
use super::token::Scope;
use crate::oci::Descriptor;
use crate::source::Limits;
use crate::source::Urgency;
use crate::source::limits::bytes_in_words;

/// A list that is being read.
pub(super) struct Pages<'a, T: Entry> {
    pub(super) client: &'a Client,
    pub(super) kind: RequestKind,
    pub(super) accept: &'static str,
    pub(super) scope: Scope,
    pub(super) urgency: Urgency,
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
    /// Whether the registry named that place on another address than its own.
    pub(super) is_moved: bool,
    /// What the page says of manifests beside its list; Google's registries do.
    pub(super) manifests: Vec<Descriptor>,
    /// Why the list ends here, although it should go on.
    pub(super) cut: Option<RequestError>,
    /// Why it is not known whether it goes on.
    pub(super) doubt: Option<RequestError>,
}

impl<T> PageRead<T> {
    /// A page that has nothing and leads nowhere.
    pub(super) fn nothing() -> Self {
        Self {
            items: Vec::new(),
            count: 0,
            next: None,
            is_moved: false,
            manifests: Vec::new(),
            cut: None,
            doubt: None,
        }
    }

    /// Whether nothing is wrong with it.
    pub(super) fn is_sound(&self) -> bool {
        self.cut.is_none() && self.doubt.is_none()
    }
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
            urgency: self.urgency,
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
        let parse = move |body: &[u8]| {
            let beside = if keys == ["tags"] {
                manifests_beside(body)
            } else {
                Vec::new()
            };
            (read_entries::<T>(body, keys, room), beside)
        };
        let (body, (entries, manifests)) = parsed(body, parse).await?;
        let mut items = entries.items;
        let count = items.len();
        // A list of which nothing can be read, though all of it came, is none.
        let is_none = count == 0
            && entries.bad.is_none()
            && entries.broken.is_some()
            && !reply.is_cut
            && reply.broken.is_none();
        if !entries.is_there || is_none {
            if let Some(error) = reply.broken {
                return Err(error);
            }
            return Err(not_a_list(&reply, &body, keys, entries.broken));
        }
        self.walk.took(&reply.asked, body.len(), &mut items);
        let left_out = &mut self.walk.left_out;
        if let Some((more, why)) = entries.bad {
            let (count, _) = left_out.bad.get_or_insert((0, why));
            *count = count.saturating_add(more);
        }
        left_out.is_twice |= entries.is_twice;
        let mut page = PageRead {
            items,
            count,
            manifests,
            ..PageRead::nothing()
        };
        page.cut = Self::cut(limits, &reply, entries.is_full, entries.broken);
        if page.cut.is_some() {
            return Ok(page);
        }
        let next = next_page(&reply.headers, &reply.asked);
        page.is_moved = matches!(next, Next::Moved(_));
        match next {
            Next::Unnamed => {}
            Next::At(next) | Next::Moved(next) => match self.walk.may_go_on(&next, limits) {
                Ok(()) => page.next = Some(next),
                // Where it should be on the own address is a page that was read: then it is asked for by the last name.
                Err(_) if page.is_moved && self.walk.has_room(limits).is_ok() => {
                    page.doubt = Some(RequestError::CutShort(format!(
                        "the next page was not asked for, because {NOT_ITS_OWN}"
                    )));
                }
                Err(error) => page.cut = Some(error),
            },
            Next::Refused(error) => page.cut = Some(error),
            Next::Unreadable(link) => {
                page.doubt = Some(RequestError::CutShort(format!(
                    "the registry may name a next page, but in a way that cannot be read: {link}"
                )));
            }
        }
        Ok(page)
    }

    /// Why a page is only the start of what it should be.
    fn cut(
        limits: &Limits,
        reply: &Reply,
        is_full: bool,
        broken: Option<String>,
    ) -> Option<RequestError> {
        let why = if let Some(error) = &reply.broken {
            format!("the list breaks off: {error}")
        } else if reply.is_cut {
            let most = bytes_in_words(limits.list_bytes);
            format!("the list is larger than {most} (setting limits.list_bytes): this is its start")
        } else if is_full {
            let most = limits.list_entries;
            format!(
                "the list has more than {most} entries (setting limits.list_entries): this is its start"
            )
        } else {
            format!("the list breaks off: {}", broken?)
        };
        Some(RequestError::CutShort(why))
    }

    /// Whether another page may be read. Errors: the limits of the list are reached.
    pub(super) fn has_room(&self) -> Result<(), RequestError> {
        self.walk.has_room(&self.client.transport.limits)
    }

    /// What is wrong with entries that were left out; told when the list is at its end.
    pub(super) fn left_out(&self) -> Option<RequestError> {
        let LeftOut { bad, is_twice } = &self.walk.left_out;
        if let Some((count, why)) = bad {
            let left_out = match count {
                1 => format!("an entry of the list was left out: it {why}"),
                _ => format!("{count} entries of the list were left out: the first {why}"),
            };
            return Some(RequestError::LeftOut(left_out));
        }
        is_twice.then(|| {
            let key = self.keys.first().unwrap_or(&"");
            RequestError::LeftOut(format!(
                "`{key}` stands twice in one answer: all that it has is shown, and other programs may see only a part"
            ))
        })
    }
}

/// What a list of tags says of manifests beside the tags: Google's registries list every manifest of the repository there,
/// those without a tag included (`google/containerregistry`, "manifest"). Others say nothing.
fn manifests_beside(body: &[u8]) -> Vec<Descriptor> {
    #[derive(serde::Deserialize)]
    struct List {
        manifest: Option<std::collections::BTreeMap<String, Row>>,
    }
    #[derive(serde::Deserialize)]
    struct Row {
        #[serde(rename = "mediaType", default)]
        media_type: String,
    }
    const KEY: &[u8] = b"\"manifest\"";
    if !body.windows(KEY.len()).any(|window| window == KEY) {
        return Vec::new();
    }
    let rows = serde_json::from_slice::<List>(body).ok();
    let rows = rows.and_then(|list| list.manifest).unwrap_or_default();
    let described = rows.into_iter().filter_map(|(digest, row)| {
        Some(Descriptor {
            media_type: row.media_type.into(),
            ..Descriptor::of(digest.parse().ok()?)
        })
    });
    described.collect()
}

/// Bodies up to this size are parsed where they arrive: that takes some milliseconds.
const PARSED_HERE: usize = 256 * 1024;

/// What `parse` makes of a body, and the body. A large one is parsed away from the threads on which everybody's
/// answers arrive: 32 MiB take a second or more.
async fn parsed<R: Send + 'static>(
    body: Vec<u8>,
    parse: impl FnOnce(&[u8]) -> R + Send + 'static,
) -> Result<(Vec<u8>, R), RequestError> {
    if body.len() <= PARSED_HERE {
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

/// Why a document is not the list that was asked for.
fn not_a_list(reply: &Reply, body: &[u8], keys: &[&str], broken: Option<String>) -> RequestError {
    if let Some(error) = reply.is_page_instead_of("a list", body) {
        return error;
    }
    let why = broken.unwrap_or_else(|| match words_of(body) {
        said if said.is_empty() => format!("it has no `{}`", keys.first().unwrap_or(&"")),
        said => said,
    });
    reply.elsewhere(RequestError::Invalid(format!(
        "the list cannot be read: {why}"
    )))
}

/// The guard over the pages of one list: no address twice, no more pages, bytes and entries than the limits allow,
/// and not for ever through pages that have nothing new.
pub(super) struct Walk<T: Entry> {
    addresses: HashSet<String>,
    known: HashSet<T::Key>,
    pub(super) left_out: LeftOut,
    bytes: u64,
    barren: u32,
    pages: u32,
}

/// What of the pages could not be used.
#[derive(Clone, Default)]
pub(super) struct LeftOut {
    /// How many entries, and what is wrong with the first of them.
    bad: Option<(usize, String)>,
    /// Whether a page had its list twice.
    is_twice: bool,
}

/// Pages in a row without anything new after which the rest is not believed in. Registries that hide what one may
/// not see give empty pages, but not so many.
const BARREN: u32 = 100;

impl<T: Entry> Walk<T> {
    pub(super) fn new() -> Self {
        Self {
            addresses: HashSet::new(),
            known: HashSet::new(),
            left_out: LeftOut::default(),
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
    fn may_go_on(&self, next: &Url, limits: &Limits) -> Result<(), RequestError> {
        if self.addresses.contains(next.as_str()) {
            return Err(RequestError::CutShort(
                "the registry's pages lead back to one that was read: the list has no end"
                    .to_owned(),
            ));
        }
        self.has_room(limits)
    }

    /// Whether another page may be read, wherever it is.
    fn has_room(&self, limits: &Limits) -> Result<(), RequestError> {
        let cut = |why: String| Err(RequestError::CutShort(why));
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
