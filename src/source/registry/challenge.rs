//! `WWW-Authenticate` (RFC 9110, section 11.6.1; RFC 6750; the token specification of distribution).

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// One way in which a registry wants to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User name and password.
    Basic,
    /// A token of this server.
    Bearer {
        /// The token server's address, as written.
        realm: String,
        /// What the server calls the registry.
        service: Option<String>,
        /// `insufficient_scope`, `invalid_token` …
        error: Option<String>,
    },
    /// A way that this tool does not know.
    Other(String),
}

impl Challenge {
    /// The best of all challenges of an answer: Bearer before Basic before others. Cost: `O(n)` in the headers' size.
    pub(super) fn best_of(headers: &HeaderMap) -> Option<Self> {
        let texts = headers
            .get_all(WWW_AUTHENTICATE)
            .into_iter()
            .filter_map(|value| value.to_str().ok());
        let challenges: Vec<Self> = texts.flat_map(parse).collect();
        let rank = |challenge: &Self| match challenge {
            Self::Bearer { .. } => 0,
            Self::Basic => 1,
            Self::Other(_) => 2,
        };
        challenges.into_iter().min_by_key(rank)
    }
}

/// A piece of the header between commas: perhaps the name of a scheme, perhaps a parameter.
#[derive(Default)]
struct Piece {
    scheme: Option<String>,
    parameter: Option<(String, String)>,
}

fn parse(text: &str) -> Vec<Challenge> {
    let mut challenges: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for piece in split_at_commas(text)
        .iter()
        .map(|piece| read_piece(piece.trim()))
    {
        if let Some(scheme) = piece.scheme {
            challenges.push((scheme, Vec::new()));
        }
        if let (Some(parameter), Some((_, parameters))) = (piece.parameter, challenges.last_mut()) {
            parameters.push(parameter);
        }
    }
    challenges
        .into_iter()
        .map(|(scheme, parameters)| challenge(&scheme, &parameters))
        .collect()
}

fn challenge(scheme: &str, parameters: &[(String, String)]) -> Challenge {
    let find = |name: &str| {
        let found = parameters
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
    };
    if scheme.eq_ignore_ascii_case("basic") {
        return Challenge::Basic;
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Challenge::Other(scheme.to_owned());
    }
    match find("realm") {
        Some(realm) => Challenge::Bearer {
            realm,
            service: find("service"),
            error: find("error"),
        },
        None => Challenge::Other("Bearer without a realm".to_owned()),
    }
}

/// Splits at commas that stand outside quoted strings. Quoted pairs stay as they are.
fn split_at_commas(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut is_quoted = false;
    let mut is_escaped = false;
    for character in text.chars() {
        if character == ',' && !is_quoted {
            pieces.push(String::new());
            continue;
        }
        if character == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && character == '\\' && !is_escaped;
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

/// Reads `Scheme`, `name=value` or `Scheme name=value`.
fn read_piece(piece: &str) -> Piece {
    let is_token = |text: &str| {
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "\"=,".contains(c))
    };
    if piece.is_empty() {
        return Piece::default();
    }
    let (scheme, rest) = match piece.split_once(char::is_whitespace) {
        Some((scheme, rest)) if is_token(scheme) && !rest.trim_start().starts_with('=') => {
            (Some(scheme), rest.trim())
        }
        None if is_token(piece) => (Some(piece), ""),
        _ => (None, piece),
    };
    let parameter = rest
        .split_once('=')
        .map(|(name, value)| (name.trim().to_owned(), unquote(value.trim())));
    Piece {
        scheme: scheme.map(str::to_owned),
        parameter,
    }
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        text.extend(if character == '\\' {
            characters.next()
        } else {
            Some(character)
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn best(values: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(value).unwrap());
        }
        Challenge::best_of(&headers)
    }

    fn bearer(realm: &str, service: Option<&str>, error: Option<&str>) -> Challenge {
        Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
            error: error.map(str::to_owned),
        }
    }

    #[test]
    fn challenges_of_real_registries_are_read() {
        let hub = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/node:pull""#;
        assert_eq!(
            best(&[hub]),
            Some(bearer(
                "https://auth.docker.io/token",
                Some("registry.docker.io"),
                None
            ))
        );
        let commas = r#"Bearer realm="https://a/t",scope="repository:a:pull,push",error="insufficient_scope""#;
        assert_eq!(
            best(&[commas]),
            Some(bearer("https://a/t", None, Some("insufficient_scope")))
        );
        let spaced = r#"bearer   Realm = "https://a/t" , Service = x"#;
        assert_eq!(
            best(&[spaced]),
            Some(bearer("https://a/t", Some("x"), None))
        );
        assert_eq!(
            best(&[r#"Basic realm="Registry Realm""#]),
            Some(Challenge::Basic)
        );
    }

    #[test]
    fn bearer_comes_before_basic_and_both_before_what_is_unknown() {
        let both = r#"Negotiate, Basic realm="x, y", Bearer realm="https://a/t""#;
        assert_eq!(best(&[both]), Some(bearer("https://a/t", None, None)));
        assert_eq!(best(&["NTLM", "Basic realm=x"]), Some(Challenge::Basic));
        assert_eq!(
            best(&["Negotiate"]),
            Some(Challenge::Other("Negotiate".to_owned()))
        );
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn nonsense_is_no_challenge_that_is_followed() {
        for text in [
            "",
            ",,,",
            "=",
            "Bearer",
            "Bearer realm=\"\"",
            "Bearer service=x",
            "\"",
            "Bearer realm",
        ] {
            let is_followed = matches!(
                best(&[text]),
                Some(Challenge::Bearer { .. } | Challenge::Basic)
            );
            assert!(!is_followed, "{text}");
        }
        assert_eq!(
            best(&[r#"Bearer realm="a\"b""#]),
            Some(bearer("a\"b", None, None))
        );
    }
}
