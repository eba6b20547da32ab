//! Who may get what: the same-origin rule, the rule for token realms, and the rule for redirects.

use url::Url;

/// A web origin (RFC 6454): scheme, host and effective port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WebOrigin {
    /// Whether it is reached over TLS.
    pub(super) is_tls: bool,
    host: String,
    port: u16,
    /// Whether the host is this machine.
    pub(super) is_loopback: bool,
}

impl WebOrigin {
    /// The origin of an `http` or `https` URL; absent for every other scheme.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let is_loopback = match url.host()? {
            url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            url::Host::Ipv4(address) => address.is_loopback(),
            url::Host::Ipv6(address) => address.is_loopback(),
        };
        Some(Self {
            is_tls,
            host: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
            is_loopback,
        })
    }

    /// Whether credentials for `self`, a registry, may be given to `realm`, the token server that it names: its own
    /// origin, any over TLS, and over plain HTTP only where both are this machine.
    pub(super) fn may_share_credentials_with(&self, realm: &Self) -> bool {
        self == realm || realm.is_tls || (self.is_loopback && realm.is_loopback && !self.is_tls)
    }

    /// `host:port`, without a port that goes without saying.
    pub(super) fn shown(&self) -> String {
        match (self.is_tls, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }
}

/// Why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RedirectError {
    /// No place to go.
    #[error("the registry redirects without saying where to")]
    Nowhere,
    /// The place cannot be read, or is reached by another scheme than HTTP.
    #[error("the registry redirects to a place that is no http or https address, which is refused")]
    Scheme,
    /// The way would leave TLS.
    #[error("the registry redirects from TLS to plain HTTP, which is refused")]
    Downgrade,
    /// More redirects than the limit.
    #[error("the registry redirected {0} times (setting limits.redirects)")]
    TooMany(usize),
    /// The place was there before.
    #[error("the registry redirects in a circle")]
    Circle,
}

/// Where `location` leads from `current`, if it may be gone to.
pub(super) fn redirect_target(current: &Url, location: Option<&str>) -> Result<Url, RedirectError> {
    let location = location.ok_or(RedirectError::Nowhere)?;
    let mut next = current.join(location).map_err(|_| RedirectError::Scheme)?;
    // Names and passwords in a Location are another way to make a client send credentials.
    if next.set_username("").is_err() || next.set_password(None).is_err() {
        return Err(RedirectError::Scheme);
    }
    let to = WebOrigin::of(&next).ok_or(RedirectError::Scheme)?;
    if current.scheme() == "https" && !to.is_tls {
        return Err(RedirectError::Downgrade);
    }
    next.set_fragment(None);
    Ok(next)
}

/// A URL for people and logs: without user, password and fragment, and with the values of its query hidden unless
/// they are of the registry API's own parameters. Signed addresses of blob stores carry their secret there.
pub(super) fn url_for_log(url: &Url) -> String {
    const HARMLESS: [&str; 6] = ["n", "last", "digest", "artifactType", "service", "scope"];
    let mut shown = url.clone();
    // Both fail only for URLs without a host, which have neither.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    if url.query().is_some() {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(key, value)| {
                let is_harmless = HARMLESS.contains(&key.as_ref());
                let value = if is_harmless {
                    value.into_owned()
                } else {
                    "redacted".to_owned()
                };
                (key.into_owned(), value)
            })
            .collect();
        shown.query_pairs_mut().clear().extend_pairs(pairs);
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> WebOrigin {
        WebOrigin::of(&Url::parse(url).unwrap()).unwrap()
    }

    #[test]
    fn credentials_go_to_the_own_origin_and_over_tls_alone() {
        let yes = [
            ("https://r.example", "https://r.example:443/token"),
            ("https://r.example", "https://auth.example/token"),
            ("http://127.0.0.1:5000", "http://localhost:6000/token"),
            ("http://127.0.0.1:5000", "https://auth.example/token"),
            ("http://r.lan:5000", "http://r.lan:5000/token"),
        ];
        for (registry, realm) in yes {
            assert!(
                origin(registry).may_share_credentials_with(&origin(realm)),
                "{registry} {realm}"
            );
        }
        let no = [
            ("https://r.example", "http://r.example/token"),
            ("https://r.example", "http://auth.example/token"),
            ("https://127.0.0.1:5000", "http://127.0.0.1:5001/token"),
            ("http://127.0.0.1:5000", "http://r.lan/token"),
            ("http://r.lan:5000", "http://r.lan:5001/token"),
            ("http://r.lan:5000", "http://127.0.0.1/token"),
        ];
        for (registry, realm) in no {
            assert!(
                !origin(registry).may_share_credentials_with(&origin(realm)),
                "{registry} {realm}"
            );
        }
    }

    #[test]
    fn a_redirect_keeps_tls_and_loses_names() {
        let from = Url::parse("https://r.example/v2/a/blobs/x").unwrap();
        let to = |location| redirect_target(&from, Some(location)).map(String::from);
        assert_eq!(to("/b"), Ok("https://r.example/b".to_owned()));
        assert_eq!(
            to("https://u:p@cdn.example/b#f"),
            Ok("https://cdn.example/b".to_owned())
        );
        assert_eq!(
            to("//cdn.example/b"),
            Ok("https://cdn.example/b".to_owned())
        );
        assert_eq!(to("http://r.example/b"), Err(RedirectError::Downgrade));
        for location in [
            "file:///etc/passwd",
            "ftp://r.example/",
            "https://",
            "data:,x",
        ] {
            assert_eq!(to(location), Err(RedirectError::Scheme), "{location}");
        }
        assert_eq!(redirect_target(&from, None), Err(RedirectError::Nowhere));
    }

    #[test]
    fn a_logged_address_has_no_secrets() {
        let url =
            Url::parse("https://me:pw@s3.example/b?X-Amz-Signature=abc&n=5&last=1.2#x").unwrap();
        let shown = url_for_log(&url);
        assert_eq!(
            shown,
            "https://s3.example/b?X-Amz-Signature=redacted&n=5&last=1.2"
        );
    }
}
