//! The proxy between us and a host, for the words about what went wrong.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::origin::WebOrigin;

/// A proxy as a person knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    /// Host and port, without what is secret.
    pub(super) at: String,
    /// The variable of the environment that names it for such addresses.
    pub(super) variable: &'static str,
}

impl Proxy {
    /// The proxy that the environment names for requests to `url`, if it names one. To this machine none leads.
    pub(super) fn of(url: &Url) -> Option<Self> {
        if WebOrigin::of(url)?.is_loopback {
            return None;
        }
        let uri = url.as_str().parse().ok()?;
        let proxy = Matcher::from_env().intercept(&uri)?;
        let authority = proxy.uri().authority()?.as_str();
        let at = authority.rsplit('@').next().unwrap_or(authority).to_owned();
        let (variable, small) = match url.scheme() {
            "https" => ("HTTPS_PROXY", "https_proxy"),
            _ => ("HTTP_PROXY", "http_proxy"),
        };
        let is_named = [variable, small]
            .into_iter()
            .any(|name| std::env::var_os(name).is_some());
        let variable = if is_named { variable } else { "ALL_PROXY" };
        Some(Self { at, variable })
    }

    /// That it wants to know who asks.
    pub(super) fn wants_login(&self) -> String {
        let Self { at, variable } = self;
        format!(
            "the proxy {at} wants a name and a password (407): write them into {variable}, as \
             http://NAME:PASSWORD@{at}"
        )
    }

    /// Why there is no connection to `host` by this proxy, if that is its fault. `words` are the error's, in lower case.
    pub(super) fn fault(&self, host: &str, words: &str) -> Option<String> {
        let Self { at, variable } = self;
        let has = |needle: &str| words.contains(needle);
        // How reqwest tells of a 407 to its CONNECT.
        if has("proxy authorization required") {
            return Some(self.wants_login());
        }
        let is_unreached = ["connection refused", "dns error", "lookup address"];
        if is_unreached.into_iter().any(has) {
            return Some(format!(
                "the proxy {at} cannot be reached: check {variable}, or name {host} in NO_PROXY"
            ));
        }
        has("tunnel").then(|| {
            format!("the proxy {at} does not lead to {host}: check {variable} and NO_PROXY")
        })
    }
}
