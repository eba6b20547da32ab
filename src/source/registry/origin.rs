//! Who may get what: the same-origin rule, the rule for token realms, and the rule for redirects.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    /// Whether the host is one that nobody from elsewhere should name to us; see [`is_guarded`].
    is_guarded: bool,
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
        let is_guarded = match url.host()? {
            url::Host::Domain(name) => is_loopback || METADATA_NAMES.contains(&name),
            url::Host::Ipv4(address) => is_guarded(address.into()),
            url::Host::Ipv6(address) => is_guarded(address.into()),
        };
        Some(Self {
            is_tls,
            is_guarded,
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

    /// Whether `self`, which answers from elsewhere or from this machine, may send us to `other`. What is elsewhere may not
    /// make us ask this machine, its network segment, or the service that gives a cloud's machines their credentials;
    /// a host may always send us on to itself.
    pub(super) fn may_lead_to(&self, other: &Self) -> bool {
        self.is_loopback || !other.is_guarded || self.host == other.host
    }

    /// `host:port`, without a port that goes without saying.
    pub(super) fn shown(&self) -> String {
        match (self.is_tls, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }
}

/// By what names clouds' machines ask for their own data.
const METADATA_NAMES: [&str; 3] = [
    "metadata.google.internal",
    "metadata.goog",
    "instance-data.ec2.internal",
];

/// Whether an address is this machine (loopback, or "this host"), its own network segment (link-local, RFC 3927 and RFC
/// 4291, where most clouds have their metadata), or another address at which a cloud has its metadata. Private networks
/// are not among them: registries of companies send to stores there.
pub(super) fn is_guarded(address: IpAddr) -> bool {
    // Alibaba's, Oracle's, Azure's, and AWS's for IPv6.
    const METADATA: [IpAddr; 4] = [
        IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
        IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
        IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    ];
    let address = address.to_canonical();
    let is_near = match address {
        IpAddr::V4(four) => four.is_loopback() || four.is_link_local() || four.octets()[0] == 0,
        IpAddr::V6(six) => six.is_loopback() || six.is_unspecified() || six.is_unicast_link_local(),
    };
    is_near || METADATA.contains(&address)
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
    /// The place is near to us and not to whoever names it.
    #[error(
        "the registry redirects to {0}, an address of this machine, its network or its cloud, which is refused to a registry \
         elsewhere"
    )]
    Guarded(String),
    /// More redirects than the limit.
    #[error("the registry redirected {0} times (setting limits.redirects)")]
    TooMany(usize),
    /// The place was there before.
    #[error("the registry redirects in a circle")]
    Circle,
}

/// Where `location` leads from `current`, if it may be gone to. `is_here`: the answer came from this machine, whatever name
/// it has.
pub(super) fn redirect_target(
    current: &Url,
    location: Option<&str>,
    is_here: bool,
) -> Result<Url, RedirectError> {
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
    if !is_here && !WebOrigin::of(current).is_some_and(|from| from.may_lead_to(&to)) {
        return Err(RedirectError::Guarded(to.shown()));
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
        let to = |location| redirect_target(&from, Some(location), false).map(String::from);
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
        assert_eq!(
            redirect_target(&from, None, false),
            Err(RedirectError::Nowhere)
        );
    }

    #[test]
    fn from_elsewhere_nothing_leads_to_this_machine_its_network_or_its_cloud() {
        let from = |from: &str, location: &str, is_here| {
            redirect_target(&Url::parse(from).unwrap(), Some(location), is_here).map(|_| ())
        };
        for near in [
            "127.0.0.1:5000",
            "127.1.2.3",
            "0.0.0.0:22",
            "localhost",
            "a.localhost",
            "[::1]:80",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[fe80::1]",
            "169.254.169.254",
            "2852039166",
            "0x7f.1",
            "100.100.100.200",
            "168.63.129.16",
            "[fd00:ec2::254]",
            "metadata.google.internal",
        ] {
            let to = format!("http://{near}/latest/meta-data");
            let refused = from("http://r.example/v2/", &to, false);
            assert!(
                matches!(refused, Err(RedirectError::Guarded(_))),
                "{near}: {refused:?}"
            );
            assert_eq!(
                from("http://127.0.0.1:5000/v2/", &to, false),
                Ok(()),
                "{near}"
            );
            assert_eq!(from("http://r.example/v2/", &to, true), Ok(()), "{near}");
        }
        for far in ["s3.example", "10.0.0.7:9000", "192.168.1.2", "[fd12::1]"] {
            let to = format!("http://{far}/blob");
            assert_eq!(from("http://r.example/v2/", &to, false), Ok(()), "{far}");
        }
        let own = from(
            "http://169.254.10.1:5000/v2/",
            "http://169.254.10.1:9000/x",
            false,
        );
        assert_eq!(own, Ok(()));
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
