//! What went wrong below HTTP: no connection, no trust, or one that broke; told with what to do.

use url::Url;

use super::error::{RequestError, chain_in_words};
use super::proxy::Proxy;
use super::request::{Transport, host_of};

impl Transport {
    /// What went wrong below HTTP, told with what to do.
    pub(super) fn transport_error(&self, error: reqwest::Error, url: &Url) -> RequestError {
        let host = host_of(url);
        let is_tls = url.scheme() == "https";
        let is_sending = error.is_request();
        let error = error.without_url();
        let words = chain_in_words(&error);
        let lower = words.to_ascii_lowercase();
        if lower.contains("head is too large") || lower.contains("header list") {
            return self.headers_exceeded();
        }
        // TLS 1.3 tells it only after the connection stands, so that it looks like one that broke.
        if lower.contains("fatal alert") && lower.contains("certificate") {
            return RequestError::Connect(format!(
                "{host} does not take the client's certificate, or wants one: give it with --cert and --cert-key ({words})"
            ));
        }
        if !error.is_connect() {
            // Not every server says what it wants before it hangs up.
            let is_hung_up = is_tls
                && is_sending
                && !self.clients.has_identity()
                && !lower.contains("http2 error");
            return RequestError::Lost(if is_hung_up {
                format!(
                    "{words} (if {host} wants a client's certificate, give it with --cert and --cert-key)"
                )
            } else {
                words
            });
        }
        let proxy = Proxy::of(url);
        if error.is_timeout() {
            let by = proxy
                .as_ref()
                .map_or(String::new(), |proxy| format!(" by the proxy {}", proxy.at));
            return RequestError::Connect(format!(
                "no connection to {host}{by} within {}: check the network and the proxy",
                crate::source::limits::duration_in_words(self.limits.connect)
            ));
        }
        let advice = if let Some(fault) = proxy.and_then(|proxy| proxy.fault(&host, &lower)) {
            format!("{fault} ({words})")
        } else if error.is_dns() || lower.contains("dns error") || lower.contains("lookup address")
        {
            format!("there is no host {host}: check its name and the network ({words})")
        } else if lower.contains("connection refused") {
            format!(
                "nothing listens at {host}: check that the registry runs and its port is right ({words})"
            )
        } else if let Some(advice) = certificate_advice(&host, &lower) {
            format!("{advice} ({words})")
        } else if is_tls {
            format!(
                "no TLS connection to {host}: for a registry without TLS give --plain-http ({words})"
            )
        } else {
            format!("no connection to {host}: {words}")
        };
        RequestError::Connect(advice)
    }
}

/// What is wrong with the certificate of `host`, if that is what an error's words, in lower case, are about; and what to
/// do.
fn certificate_advice(host: &str, words: &str) -> Option<String> {
    let has = |needle: &str| words.contains(needle);
    Some(if has("not valid for name") || has("notvalidforname") {
        format!(
            "the certificate of {host} is for another name: check the host's name, or have whoever runs it add this one"
        )
    } else if has("expired") || has("not valid yet") || has("notvalidyet") {
        format!(
            "the certificate of {host} has ended, or has not begun: check this machine's clock, or have whoever runs it \
             renew it"
        )
    } else if has("revoked") {
        format!("the certificate of {host} is revoked: do not trust it, and tell whoever runs it")
    } else if has("unknownissuer")
        || has("unknown issuer")
        || has("self-signed")
        || has("caused by ca")
    {
        format!("the certificate of {host} is not trusted: give its authority with --ca-file")
    } else if has("certificate") {
        format!(
            "the certificate of {host} is not taken: give its authority with --ca-file, or have whoever runs it mend it"
        )
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_decides_what_to_do() {
        for (words, expected) in [
            (
                "invalid peer certificate: certificate not valid for name \"r.example\"; certificate is only valid for x",
                "is for another name",
            ),
            (
                "invalid peer certificate: certificate expired: verification time 2 (unix), but certificate is not valid \
                 after 1",
                "has ended, or has not begun",
            ),
            (
                "invalid peer certificate: expired",
                "has ended, or has not begun",
            ),
            (
                "invalid peer certificate: certificate not valid yet",
                "has ended, or has not begun",
            ),
            ("invalid peer certificate: revoked", "is revoked"),
            (
                "invalid peer certificate: unknownissuer",
                "give its authority with --ca-file",
            ),
            (
                "invalid peer certificate: badsignature",
                "or have whoever runs it mend it",
            ),
        ] {
            let advice = certificate_advice("r.example", words).unwrap();
            assert!(advice.contains(expected), "{words}: {advice}");
        }
        assert_eq!(certificate_advice("r.example", "connection reset"), None);
    }
}
