//! Where the next page of a list is: `Link` headers (RFC 8288, section 3; distribution-spec, "Listing Tags").

use reqwest::header::{HeaderMap, LINK};
use url::Url;

use super::error::RequestError;
use super::origin::WebOrigin;
use crate::oci::RemoteText;

/// What an answer says of the page after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    Unnamed,
    /// It is there, on the registry's own origin.
    At(Url),
    /// It is named on another address than the registry's; this is the same path and query on the registry's own.
    Moved(Url),
    /// Something, which cannot be read: there may be a next page. This is what it says.
    Unreadable(RemoteText),
    /// It is somewhere where it is not asked for.
    Refused(RequestError),
}

/// The next page that the answer at `current` names: relative or absolute, on the registry's own origin alone.
pub(super) fn next_page(headers: &HeaderMap, current: &Url) -> Next {
    let mut unreadable = None;
    for value in headers.get_all(LINK) {
        let text = String::from_utf8_lossy(value.as_bytes());
        let links = Links::read(&text);
        if let Some(target) = links.next {
            return address(&target, current);
        }
        if !links.is_clear {
            unreadable.get_or_insert_with(|| shortened(&text));
        }
    }
    unreadable.map_or(Next::Unnamed, Next::Unreadable)
}

/// Why a next page is not asked for where it is said to be.
pub(super) const NOT_ITS_OWN: &str = "it is not on the registry's own address";

fn address(target: &str, current: &Url) -> Next {
    let refuse = |why: &str| {
        Next::Refused(RequestError::CutShort(format!(
            "the next page was not asked for, because {why}: {}",
            shortened(target)
        )))
    };
    let Ok(mut next) = current.join(target) else {
        return refuse("its address cannot be read");
    };
    next.set_fragment(None);
    if !next.username().is_empty() || next.password().is_some() {
        return refuse(NOT_ITS_OWN);
    }
    if WebOrigin::of(&next) != WebOrigin::of(current) {
        // Behind a proxy a registry names itself by its inner host, scheme or prefix. The page is asked for where the
        // list is; nothing is sent anywhere else.
        let is_the_list = matches!(next.scheme(), "http" | "https")
            && list_of(next.path()).is_some()
            && list_of(next.path()) == list_of(current.path());
        if !is_the_list {
            return refuse(NOT_ITS_OWN);
        }
        let mut own = current.clone();
        own.set_query(next.query());
        own.set_fragment(None);
        return Next::Moved(own);
    }
    Next::At(next)
}

/// What of a path names the list: all from the version of the API on, whatever prefix a proxy has before it.
fn list_of(path: &str) -> Option<&str> {
    path.find("/v2/").and_then(|at| path.get(at..))
}

fn shortened(text: &str) -> RemoteText {
    text.chars().take(200).collect::<String>().into()
}

/// What one header says.
struct Links {
    /// The target of the first link that leads to the next page.
    next: Option<String>,
    /// Whether every link was read and says what it is to this page.
    is_clear: bool,
}

impl Links {
    fn read(text: &str) -> Self {
        let mut links = Self {
            next: None,
            is_clear: true,
        };
        let mut rest = text.trim_start_matches(BETWEEN);
        while !rest.is_empty() {
            let (link, after) = match rest
                .strip_prefix('<')
                .and_then(|inside| inside.split_once('>'))
            {
                Some((target, after)) => {
                    let (relation, after) = relation(after);
                    (relation.map(|relation| (target.trim(), relation)), after)
                }
                None => (None, after_comma(rest)),
            };
            match link {
                Some((target, relation)) => {
                    let is_next = |word: &str| word.eq_ignore_ascii_case("next");
                    if links.next.is_none() && relation.split_whitespace().any(is_next) {
                        links.next = Some(target.to_owned());
                    }
                }
                None => links.is_clear = false,
            }
            rest = after.trim_start_matches(BETWEEN);
        }
        links
    }
}

/// What may stand between two links: commas and white space (RFC 9110, section 5.6.1).
const BETWEEN: [char; 3] = [',', ' ', '\t'];

/// The relation type that the parameters of a link state, and what comes after the link. None: they state none, or
/// cannot be read. The first `rel` counts (RFC 8288, section 3.3).
fn relation(parameters: &str) -> (Option<String>, &str) {
    let mut found = None;
    let mut rest = parameters.trim_start();
    while let Some(parameter) = rest.strip_prefix(';') {
        let parameter = parameter.trim_start();
        let end = parameter.find(['=', ';', ',']).unwrap_or(parameter.len());
        let (name, after) = parameter.split_at_checked(end).unwrap_or((parameter, ""));
        rest = after;
        if let Some(after) = after.strip_prefix('=') {
            let Some((value, after)) = value(after.trim_start()) else {
                return (None, "");
            };
            if found.is_none() && name.trim().eq_ignore_ascii_case("rel") {
                found = Some(value);
            }
            rest = after.trim_start();
        }
    }
    if rest.is_empty() || rest.starts_with(',') {
        (found, rest)
    } else {
        (None, after_comma(rest))
    }
}

/// A parameter's value, and what comes after it: a token, or a quoted string (RFC 9110, section 5.6.4), in which commas,
/// semicolons and angle brackets mean nothing. Some registries quote like a shell.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end)?;
        return Some((value.trim().to_owned(), after));
    };
    let mut value = String::new();
    let mut characters = text.chars();
    characters.next();
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?),
            _ if character == quote => return Some((value, characters.as_str())),
            _ => value.push(character),
        }
    }
    None
}

/// What comes after the next comma outside quotes.
fn after_comma(text: &str) -> &str {
    let mut is_quoted = false;
    let comma = text.char_indices().find(|(_, character)| {
        is_quoted ^= *character == '"';
        *character == ',' && !is_quoted
    });
    comma.and_then(|(at, _)| text.get(at..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn next(link: &str) -> Next {
        let current = Url::parse("https://r.example/v2/a/tags/list?n=2").unwrap();
        let mut headers = HeaderMap::new();
        headers.append(LINK, HeaderValue::from_bytes(link.as_bytes()).unwrap());
        next_page(&headers, &current)
    }

    #[test]
    fn a_link_is_followed_relative_or_absolute_on_the_own_origin() {
        let expected = Url::parse("https://r.example/v2/a/tags/list?last=b&n=2").unwrap();
        for link in [
            "</v2/a/tags/list?last=b&n=2>; rel=\"next\"",
            "<https://r.example/v2/a/tags/list?last=b&n=2>; rel=next",
            "<https://r.example:443/v2/a/tags/list?last=b&n=2>;title=\"x\" ; REL=\"prev NEXT\"",
            "<?last=b&n=2>; rel=next",
            "</first>; rel=first, </v2/a/tags/list?last=b&n=2>; rel=\"next\"",
            "</first>; rel=first,</v2/a/tags/list?last=b&n=2>;rel=next",
            "<?last=b&n=2>; rel='next'",
            "<?last=b&n=2>; rel = next ;",
            "<?last=b&n=2>; title=\"a,b;rel=prev<x>\"; rel=\"next\"",
            "<?last=b&n=2>; title=\"a\\\"; rel=prev, <\"; rel=\"next\"",
            "<?last=b&n=2>; crossorigin; rel=next",
            "nonsense, <?last=b&n=2>; rel=next",
            ", ,<?last=b&n=2>; rel=next; rel=prev",
        ] {
            assert_eq!(next(link), Next::At(expected.clone()), "{link}");
        }
    }

    #[test]
    fn another_relation_names_no_next_page() {
        for link in [
            "</x>; rel=prev",
            "",
            " , ",
            "</x>; title=\"; rel=next\"; rel=prev",
            "</x>; rel=prev; rel=next",
            "</x>; rel=\"first last\", </y,z>; rel=self",
        ] {
            assert_eq!(next(link), Next::Unnamed, "{link}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_the_end() {
        for link in [
            "</x>",
            "nonsense",
            "<",
            "</x; rel=next",
            "/v2/a/tags/list?last=b; rel=\"next\"",
            "</x>; rel=\"next",
            "</x> rel=next",
            "</x>; anchor=next, </y>; rel=prev",
            "\u{202e}",
        ] {
            assert!(matches!(next(link), Next::Unreadable(_)), "{link}");
        }
    }

    #[test]
    fn a_link_to_an_inner_host_is_asked_on_the_own_address() {
        let expected = Url::parse("https://r.example/v2/a/tags/list?last=b&n=2").unwrap();
        for link in [
            "<http://registry.internal:5000/v2/a/tags/list?last=b&n=2>; rel=next",
            "<http://r.example/v2/a/tags/list?last=b&n=2>; rel=next",
            "<https://inner/prefix/v2/a/tags/list?last=b&n=2>; rel=next",
        ] {
            assert_eq!(next(link), Next::Moved(expected.clone()), "{link}");
        }
    }

    #[test]
    fn another_origin_is_refused_for_anything_but_the_same_list() {
        for link in [
            "<https://evil.example/v2/b/tags/list?last=b>; rel=next",
            "<ftp://r.example/v2/a/tags/list?last=b>; rel=next",
            "<http://r.example/x>; rel=next",
            "<https://evil.example/x>; rel=next",
            "<file:///etc/passwd>; rel=next",
            "<https://r.example:444/x>; rel=next",
            "<//evil.example/x>; rel=next",
            "<https://u:p@r.example/x>; rel=next",
        ] {
            assert!(matches!(next(link), Next::Refused(_)), "{link}");
        }
    }
}
