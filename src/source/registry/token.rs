//! Who asks: nothing, Basic, or a token of the token server that the registry names (the token specification of
//! distribution: "Token Authentication", "OAuth 2.0").

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use url::Url;

use super::challenge::Challenge;
use super::credentials::{Credential, Credentials, Found};
use super::error::{RequestError, words_of};
use super::origin::WebOrigin;
use super::request::{Carrier, Reply};
use super::token_server::{Realm, Token, TokenServer};
use crate::oci::RemoteText;

/// What a token is for. No more than reading is ever asked for, whatever a challenge proposes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// The catalog.
    Catalog,
    /// A repository, by its path.
    Repository(RemoteText),
}

impl Scope {
    /// The repository's path; nothing for the catalog.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Catalog => "",
            Self::Repository(path) => path.as_str(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalog => f.write_str("registry:catalog:*"),
            Self::Repository(path) => write!(f, "repository:{}:pull", path.as_str()),
        }
    }
}

/// What the registry wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scheme {
    /// It was not asked yet.
    Unknown,
    /// Nothing.
    Open,
    Basic,
    Bearer(Arc<Realm>),
}

/// What a request carries, and what it must be compared with when it is refused.
#[derive(Clone, Debug, Default)]
pub(super) struct Authorization {
    /// The header.
    pub(super) header: Option<HeaderValue>,
    /// When the token was made, which is its name.
    made: Option<Instant>,
}

/// The authentication of one registry.
pub(super) struct Auth {
    registry: WebOrigin,
    /// The registry's address: a base for relative realms, which some registries behind proxies send.
    base: Url,
    credentials: Credentials,
    scheme: Mutex<Scheme>,
    /// Held by the first request of all, so that not thirty at once learn what the registry wants.
    first: tokio::sync::Mutex<()>,
    slots: Mutex<HashMap<Scope, Arc<tokio::sync::Mutex<Slot>>>>,
    /// What the registry itself asked a token or password for.
    challenged: Mutex<HashSet<Scope>>,
    server: TokenServer,
}

/// The token of a scope, or why there is none.
#[derive(Default)]
struct Slot {
    token: Option<Token>,
    failure: Option<(Instant, RequestError)>,
}

/// How long other requests wait for the first one, which may have met a dead end.
const FIRST: Duration = Duration::from_secs(1);
/// How long a refusal of the token server is believed. A thousand questions need not hear it a thousand times.
const REFUSAL: Duration = Duration::from_secs(10);

impl Auth {
    pub(super) fn new(registry: WebOrigin, base: Url, credentials: Credentials) -> Self {
        Self {
            registry,
            base,
            credentials,
            scheme: Mutex::new(Scheme::Unknown),
            first: tokio::sync::Mutex::new(()),
            slots: Mutex::default(),
            challenged: Mutex::default(),
            server: TokenServer::default(),
        }
    }

    /// Where the registry is.
    pub(super) fn registry(&self) -> &WebOrigin {
        &self.registry
    }

    /// Where nobody knows yet what the registry wants: the right to find out, alone. Others wait here for a moment.
    pub(super) async fn first_of_all(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if self.scheme() != Scheme::Unknown {
            return None;
        }
        let guard = tokio::time::timeout(FIRST, self.first.lock()).await.ok()?;
        (self.scheme() == Scheme::Unknown).then_some(guard)
    }

    /// The registry answered a request that carried nothing, or did not answer at all: what comes next need not wait.
    pub(super) fn is_open(&self) {
        let mut scheme = self.lock_scheme();
        if *scheme == Scheme::Unknown {
            *scheme = Scheme::Open;
        }
    }

    /// What a request for `scope` must carry; what is `refused` is not given again.
    pub(super) async fn authorization(
        &self,
        carrier: Carrier<'_>,
        scope: &Scope,
        refused: Option<&Authorization>,
    ) -> Result<Authorization, RequestError> {
        let scheme = self.scheme();
        if matches!(scheme, Scheme::Unknown | Scheme::Open) {
            return Ok(Authorization::default());
        }
        let found = self.credentials.find(scope.path()).await;
        match (scheme, &found.credential) {
            (Scheme::Basic, Some(Credential::Password { username, password })) => {
                Ok(Authorization {
                    header: password.basic(username),
                    made: None,
                })
            }
            // A registry token is the registry's own matter; a token server has nothing to do with it.
            (_, Some(Credential::Registry(token))) => Ok(Authorization {
                header: token.bearer(),
                made: None,
            }),
            (Scheme::Bearer(realm), _) => {
                match self.token(carrier, scope, &realm, &found, refused).await {
                    // Another repository's challenge says little of this one, which may need no token at all.
                    Err(_) if !self.was_challenged(scope) => Ok(Authorization::default()),
                    result => result,
                }
            }
            _ => Ok(Authorization::default()),
        }
    }

    /// Learns from the 401 that the registry gave to `pass`. Errors: trying again would change nothing.
    pub(super) async fn learn(
        &self,
        reply: &Reply,
        scope: &Scope,
        authorization: &Authorization,
    ) -> Result<(), RequestError> {
        let scheme = match Challenge::best_of(&reply.headers) {
            Some(Challenge::Bearer { realm, service, .. }) => Scheme::Bearer(Arc::new(
                Realm::read(&realm, service, &self.base, &self.registry)?,
            )),
            Some(Challenge::Basic) => Scheme::Basic,
            Some(Challenge::Other(name)) => {
                return Err(RequestError::Forbidden(format!(
                    "the registry asks for authentication by `{name}`, which regscope does not know"
                )));
            }
            None => return Err(self.refused(reply, scope).await),
        };
        let is_token = matches!(scheme, Scheme::Bearer(_));
        *self.lock_scheme() = scheme;
        self.lock_challenged().insert(scope.clone());
        let carried_password = authorization.header.is_some() && authorization.made.is_none();
        let has_credential = self
            .credentials
            .find(scope.path())
            .await
            .credential
            .is_some();
        // A token may have ended; a password that was refused stays wrong.
        if (is_token && !carried_password) || (has_credential && authorization.header.is_none()) {
            return Ok(());
        }
        Err(self.refused(reply, scope).await)
    }

    /// The registry said 401 to the best that we have: its own words, and what to do.
    pub(super) async fn refused(&self, reply: &Reply, scope: &Scope) -> RequestError {
        let said = words_of(&reply.body);
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(": {said}")
        };
        RequestError::Forbidden(format!(
            "the registry answered 401{said}; {}",
            self.advice(scope).await
        ))
    }

    async fn advice(&self, scope: &Scope) -> String {
        let found = self.credentials.find(scope.path()).await;
        match (found.credential, found.note.as_str()) {
            (Some(_), note) => format!("it does not take {note}: log in again"),
            (None, "") => {
                "log in with `docker login` or --username, or check the name: some registries answer so for what is not there".to_owned()
            }
            (None, note) => format!("there are no credentials: {note}"),
        }
    }

    async fn token(
        &self,
        carrier: Carrier<'_>,
        scope: &Scope,
        realm: &Realm,
        found: &Found,
        refused: Option<&Authorization>,
    ) -> Result<Authorization, RequestError> {
        let asked = Instant::now();
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(scope.clone()).or_default())
        };
        // Held while the token is fetched: whoever else needs it waits here, and finds it.
        let mut slot = slot.lock().await;
        let now = Instant::now();
        let refused = refused.and_then(|authorization| authorization.made);
        if let Some(token) = &slot.token {
            // One that was made while we waited is good for one request, even if it ends at once.
            let is_usable = token.expires > now || token.made >= asked;
            if is_usable && refused.is_none_or(|refused| token.made > refused) {
                return Ok(Authorization {
                    header: token.secret.bearer(),
                    made: Some(token.made),
                });
            }
        }
        if let Some((at, error)) = &slot.failure
            && (*at >= asked || at.elapsed() < REFUSAL)
        {
            return Err(error.clone());
        }
        let fetched = self
            .server
            .fetch(carrier, &self.registry, scope, realm, found)
            .await;
        match fetched {
            Ok(token) => {
                let authorization = Authorization {
                    header: token.secret.bearer(),
                    made: Some(token.made),
                };
                *slot = Slot {
                    token: Some(token),
                    failure: None,
                };
                Ok(authorization)
            }
            Err(error) => {
                let error = match error {
                    RequestError::Status { status, said } => {
                        self.token_refused(status, &said, scope).await
                    }
                    error => error,
                };
                let error = RequestError::Token(realm.origin.shown(), Box::new(error));
                *slot = Slot {
                    token: None,
                    failure: Some((Instant::now(), error.clone())),
                };
                Err(error)
            }
        }
    }

    async fn token_refused(&self, status: u16, said: &str, scope: &Scope) -> RequestError {
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(": {said}")
        };
        match status {
            400 | 401 | 403 => {
                let advice = self.advice(scope).await;
                RequestError::Forbidden(format!("it answered {status}{said}; {advice}"))
            }
            _ => RequestError::TokenServer(format!("it answered {status}{said}")),
        }
    }

    fn was_challenged(&self, scope: &Scope) -> bool {
        self.lock_challenged().contains(scope)
    }

    fn lock_challenged(&self) -> std::sync::MutexGuard<'_, HashSet<Scope>> {
        self.challenged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn scheme(&self) -> Scheme {
        self.lock_scheme().clone()
    }

    fn lock_scheme(&self) -> std::sync::MutexGuard<'_, Scheme> {
        self.scheme.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
