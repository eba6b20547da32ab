//! Fetching tokens: the request, and what comes of it (the token specification of distribution; OAuth 2.0, RFC 6749).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::credentials::{Credential, Found};
use super::error::RequestError;
use super::log::RequestKind;
use super::origin::WebOrigin;
use super::request::{Carrier, Exchange};
use super::retry::{RateLimitPause, Retries};
use super::secret::Secret;
use super::token::Scope;

/// The token server that a challenge names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Realm {
    url: Url,
    /// Where it is.
    pub(super) origin: WebOrigin,
    /// What it calls the registry.
    service: Option<String>,
}

impl Realm {
    /// Reads a challenge's realm. Errors: it is not asked, because credentials or tokens would not be safe.
    pub(super) fn read(
        text: &str,
        service: Option<String>,
        base: &Url,
        registry: &WebOrigin,
    ) -> Result<Self, RequestError> {
        let refuse = |why: &str| {
            let text: String = crate::oci::remote_text::clean(text)
                .chars()
                .take(200)
                .collect();
            RequestError::Forbidden(format!(
                "the registry names a token server that is not asked, because {why}: {text}"
            ))
        };
        let url = base.join(text).map_err(|_| refuse("that is no address"))?;
        let origin = WebOrigin::of(&url).ok_or_else(|| refuse("it is no http or https address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("its address has a name or password in it"));
        }
        if !registry.may_lead_to(&origin) {
            return Err(refuse(
                "it is an address of this machine, its network or its cloud, and the registry is elsewhere",
            ));
        }
        if !registry.may_share_credentials_with(&origin) {
            return Err(refuse("credentials and tokens go over TLS alone"));
        }
        Ok(Self {
            url,
            origin,
            service,
        })
    }
}

/// A token and its time.
pub(super) struct Token {
    pub(super) secret: Secret,
    /// When it was asked for, which is its name.
    pub(super) made: Instant,
    /// When it is not used any more.
    pub(super) expires: Instant,
}

/// A token is not used for this long before it ends: a request under way must not see its end.
const MARGIN: Duration = Duration::from_secs(10);
/// How long a token lives that does not say so (the token specification).
const LIFE: Duration = Duration::from_secs(60);

/// What is kept from one request for a token to the next.
#[derive(Default)]
pub(super) struct TokenServer {
    /// Refresh tokens that replaced the one in the credentials, by repository.
    refreshed: Mutex<HashMap<String, Secret>>,
    rate_pause: RateLimitPause,
}

impl TokenServer {
    /// Fetches a token for `scope`. Errors: as a request's; [`RequestError::Status`] where the server refuses.
    pub(super) async fn fetch(
        &self,
        carrier: Carrier<'_>,
        registry: &WebOrigin,
        scope: &Scope,
        realm: &Realm,
        found: &Found,
    ) -> Result<Token, RequestError> {
        let exchange = self.exchange(scope, realm, found);
        let made = Instant::now();
        let send = |attempt| carrier.transport.send(&exchange, registry, attempt);
        let retries = Retries {
            limits: &carrier.transport.limits,
            rate_pause: &self.rate_pause,
            urgency: carrier.urgency,
        };
        let reply = retries.send(&exchange.method, send).await?.success()?;
        let no_token = || {
            let page = reply.is_page_instead_of("a token", &reply.body);
            page.unwrap_or_else(|| RequestError::Invalid("its answer has no token".to_owned()))
        };
        let given: Given = serde_json::from_slice(&reply.body).map_err(|_| no_token())?;
        let token = [given.token, given.access_token]
            .into_iter()
            .flatten()
            .find(|token| !token.is_empty());
        let token = token.ok_or_else(no_token)?;
        let secret = Secret::new(token);
        if secret.bearer().is_none() {
            return Err(RequestError::Invalid(
                "it gave a token that no header can carry".to_owned(),
            ));
        }
        if let Some(refresh) = given.refresh_token.filter(|token| !token.is_empty()) {
            let mut refreshed = self
                .refreshed
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            refreshed.insert(scope.path().to_owned(), Secret::new(refresh));
        }
        let seconds = given
            .expires_in
            .as_f64()
            .or_else(|| given.expires_in.as_str()?.parse().ok())
            .filter(|seconds: &f64| seconds.is_finite());
        let life = seconds.map_or(LIFE, |seconds| {
            Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0))
        });
        Ok(Token {
            secret,
            made,
            expires: made + life.saturating_sub(MARGIN),
        })
    }

    /// The request for a token: with a refresh token by POST, else by GET, with the password if there is one.
    fn exchange(&self, scope: &Scope, realm: &Realm, found: &Found) -> Exchange {
        const ACCEPT: &str = "application/json";
        let identity = match &found.credential {
            Some(Credential::Identity(token)) => {
                let refreshed = self
                    .refreshed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                Some(refreshed.get(scope.path()).unwrap_or(token).clone())
            }
            _ => None,
        };
        let scope = scope.to_string();
        let service = realm.service.as_deref();
        if let Some(token) = identity {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("grant_type", "refresh_token");
            form.append_pair("client_id", "regscope")
                .append_pair("scope", &scope);
            form.append_pair("service", service.unwrap_or_default());
            form.append_pair("refresh_token", token.expose());
            return Exchange {
                method: Method::POST,
                form: Some(form.finish()),
                ..Exchange::get(RequestKind::Token, realm.url.clone(), ACCEPT)
            };
        }
        let mut url = realm.url.clone();
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = service {
                query.append_pair("service", service);
            }
            query.append_pair("scope", &scope);
        }
        let authorization = match &found.credential {
            Some(Credential::Password { username, password }) => password.basic(username),
            _ => None,
        };
        Exchange {
            authorization,
            ..Exchange::get(RequestKind::Token, url, ACCEPT)
        }
    }
}

/// A token server's answer.
#[derive(Deserialize)]
struct Given {
    token: Option<String>,
    access_token: Option<String>,
    refresh_token: Option<String>,
    /// Seconds; some servers write them as a text.
    #[serde(default)]
    expires_in: serde_json::Value,
}
