//! Tags: their grammar (distribution-spec, "Pulling manifests"), and tags whose name is a digest.

use super::{Algorithm, Digest, RemoteText};

/// Whether `name` may be asked for: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
pub fn is_valid_tag(name: &str) -> bool {
    let is_word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let bytes = name.as_bytes();
    bytes.len() <= 128
        && bytes.first().is_some_and(|c| is_word(*c))
        && bytes
            .iter()
            .all(|c| is_word(*c) || matches!(c, b'.' | b'-'))
}

/// Whether `path` may be asked for as a repository: path components of lower-case words, joined by `.`, `_`, `__` or
/// dashes; at most 255 characters.
pub fn is_valid_repository(path: &str) -> bool {
    !path.is_empty() && path.len() <= 255 && path.split('/').all(is_valid_component)
}

fn is_valid_component(component: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_separator =
        |text: &str| matches!(text, "." | "_" | "__") || text.bytes().all(|b| b == b'-');
    component.starts_with(is_word)
        && component.ends_with(is_word)
        && component
            .split(is_word)
            .all(|between| between.is_empty() || is_separator(between))
}

/// What a tag with a digest in its name is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DigestTagKind {
    /// No suffix: the referrers tag schema, an index of referrers.
    Fallback,
    /// `.sig`, `.att`, `.sbom`: cosign's.
    Cosign,
    /// Another suffix, without its dot: regclient's digest tags, `.src` of source images.
    Other(RemoteText),
}

/// The subject that a tag's name speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestTag {
    /// What the tag is for.
    pub kind: DigestTagKind,
    /// The algorithm.
    algorithm: Algorithm,
    /// The hash in hex; the schema cuts it to 64 characters.
    encoded: String,
}

/// How many characters of the hash the referrers tag schema keeps (distribution-spec, "Referrers Tag Schema").
const ENCODED_KEPT: usize = 64;

impl DigestTag {
    /// Reads a tag's name; absent where it has no digest in it.
    pub fn parse(name: &str) -> Option<Self> {
        let (algorithm, rest) = name.split_once('-')?;
        let algorithm = Algorithm::from_name(algorithm)?;
        let (encoded, suffix) = rest
            .split_once('.')
            .map_or((rest, None), |(encoded, suffix)| (encoded, Some(suffix)));
        let is_hex = encoded
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let wanted = algorithm.length() * 2;
        if !is_hex || (encoded.len() != wanted && encoded.len() != wanted.min(ENCODED_KEPT)) {
            return None;
        }
        let kind = match suffix {
            None => DigestTagKind::Fallback,
            Some("sig" | "att" | "sbom") => DigestTagKind::Cosign,
            Some(other) => DigestTagKind::Other(other.into()),
        };
        Some(Self {
            kind,
            algorithm,
            encoded: encoded.to_owned(),
        })
    }

    /// The subject, where the name has the whole of its digest; a cut sha512 names several.
    pub fn subject(&self) -> Option<Digest> {
        format!("{}:{}", self.algorithm.name(), self.encoded)
            .parse()
            .ok()
    }

    /// Whether the tag speaks of `subject`.
    pub fn is_about(&self, subject: &Digest) -> bool {
        subject.algorithm() == self.algorithm && subject.encoded().starts_with(&self.encoded)
    }
}

/// A digest tag's name for people, in `room` columns if that can be: as much of the hash as tells it from others, and what
/// follows it, which says what the tag is for. Absent where the name has no digest in it. `more` stands for what is left
/// out.
pub fn short(name: &str, room: usize, more: &str) -> Option<String> {
    /// As many as short digests have.
    const MOST: usize = 12;
    /// Fewer say nothing.
    const LEAST: usize = 4;
    DigestTag::parse(name)?;
    let (algorithm, rest) = name.split_once('-')?;
    let (encoded, suffix) = rest.split_at_checked(rest.find('.').unwrap_or(rest.len()))?;
    let others = algorithm.len() + 1 + more.chars().count() + suffix.chars().count();
    let shown = room.saturating_sub(others).clamp(LEAST, MOST);
    let shown: String = encoded.chars().take(shown).collect();
    Some(format!("{algorithm}-{shown}{more}{suffix}"))
}

/// The tag under which the referrers of `subject` are listed where there is no referrers API
/// (distribution-spec, "Referrers Tag Schema"). A sha512 is cut to 64 characters there.
pub fn fallback_tag(subject: &Digest) -> String {
    let encoded: String = subject.encoded().chars().take(ENCODED_KEPT).collect();
    format!("{}-{encoded}", subject.algorithm().name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tag_is_short_for_people_and_keeps_what_says_what_it_is() {
        let hash = "0123456789abcdef".repeat(4);
        let name = format!("sha256-{hash}.sig");
        let all = usize::MAX;
        assert_eq!(short(&name, all, "…").unwrap(), "sha256-0123456789ab….sig");
        assert_eq!(short(&name, 18, "…").unwrap(), "sha256-012345….sig");
        let fallback = format!("sha256-{hash}");
        assert_eq!(
            short(&fallback, all, "...").unwrap(),
            "sha256-0123456789ab..."
        );
        assert_eq!(short("1.4.1", all, "…"), None);
    }

    #[test]
    fn the_grammars_hold() {
        for tag in ["latest", "1.2", "_x", "sha256-ab.sig", "0.3.0_build.5"] {
            assert!(is_valid_tag(tag), "{tag}");
        }
        for tag in ["", ".x", "-x", "a b", "a/b", "a:b", "é", &"a".repeat(129)] {
            assert!(!is_valid_tag(tag), "{tag}");
        }
        for path in ["a", "team/app", "a.b/c_d/e__f/g--h", "library/node"] {
            assert!(is_valid_repository(path), "{path}");
        }
        for path in [
            "", "/", "a/", "../a", "a/../b", "A", "a..b", "a/.b", "a._b", "a%2fb", "a b",
        ] {
            assert!(!is_valid_repository(path), "{path}");
        }
    }

    #[test]
    fn digest_tags_are_recognised_with_their_subject() {
        let subject = Digest::of(b"x");
        let name = fallback_tag(&subject);
        assert_eq!(
            DigestTag::parse(&name).unwrap().kind,
            DigestTagKind::Fallback
        );
        assert_eq!(DigestTag::parse(&name).unwrap().subject(), Some(subject));
        assert_eq!(
            DigestTag::parse(&format!("{name}.att")).unwrap().kind,
            DigestTagKind::Cosign
        );
        assert_eq!(
            DigestTag::parse(&format!("{name}.src")).unwrap().kind,
            DigestTagKind::Other("src".into())
        );
        for name in ["latest", "sha256-", "sha256-abc", "sha256-zz", "md5-ab"] {
            assert_eq!(DigestTag::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_sha512_is_cut_and_so_names_no_single_subject() {
        let subject = Digest::of_with(Algorithm::Sha512, b"x");
        let name = fallback_tag(&subject);
        assert!(name.len() <= 128);
        let tag = DigestTag::parse(&name).unwrap();
        assert_eq!(tag.subject(), None);
        assert!(tag.is_about(&subject));
    }
}
