//! What the registry in this process answers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use super::fault::Fault;
use super::registry::{Access, Options, Seen};
use super::server::{Request, Response};

#[derive(Default)]
pub(super) struct Holdings {
    pub(super) manifests: BTreeMap<String, (String, Vec<u8>)>,
    pub(super) blobs: HashMap<String, Vec<u8>>,
    pub(super) tags: BTreeMap<String, String>,
    /// By subject, as the referrers API describes them.
    pub(super) referrers: HashMap<String, BTreeMap<String, Value>>,
}

pub(super) struct State {
    pub(super) options: Options,
    pub(super) address: String,
    pub(super) repositories: Mutex<BTreeMap<String, Holdings>>,
    pub(super) faults: Mutex<Vec<(String, Fault)>>,
    pub(super) seen: Mutex<Vec<Seen>>,
    pub(super) tokens: Mutex<HashMap<String, (String, usize)>>,
}

impl State {
    pub(super) fn answer(&self, request: &Request) -> Response {
        let kind = kind_of(request.path());
        self.seen.lock().unwrap().push(Seen {
            kind,
            request: request.clone(),
        });
        let fault = self.take_fault(request);
        let mut response = match &fault {
            Some(Fault {
                make: Some(make), ..
            }) => make(request),
            Some(Fault {
                status: Some(status),
                body: Some(body),
                ..
            }) => Response {
                status: *status,
                headers: Vec::new(),
                body: body.clone(),
                delay: Duration::ZERO,
            },
            _ => self.behave(kind, request),
        };
        response.delay = self.options.delay;
        if let Some(fault) = fault {
            response.delay += fault.delay;
            for (name, value) in &fault.headers {
                response = response.header(name, value);
            }
        }
        response
    }

    fn take_fault(&self, request: &Request) -> Option<Fault> {
        let path = request.path();
        let query = request
            .target
            .split_once('?')
            .map_or("", |(_, query)| query);
        let mut faults = self.faults.lock().unwrap();
        let fits = |(place, fault): &&mut (String, Fault)| {
            let (place, parameter) = place.split_once('?').unwrap_or((place, ""));
            if !query.contains(parameter) {
                return false;
            }
            let is_there = place == path
                || place
                    .strip_suffix('*')
                    .is_some_and(|start| path.starts_with(start));
            is_there && fault.left != Some(0)
        };
        let (_, fault) = faults.iter_mut().rev().find(fits)?;
        if let Some(left) = &mut fault.left {
            *left -= 1;
        }
        Some(fault.clone())
    }

    fn behave(&self, kind: &'static str, request: &Request) -> Response {
        if kind == "token" {
            return self.give_token(request);
        }
        if let Some(refusal) = self.refuse(kind, request) {
            return refusal;
        }
        let rest = request.path().strip_prefix("/v2/").unwrap_or_default();
        if kind == "catalog" {
            let names = self.repositories.lock().unwrap().keys().cloned().collect();
            return self.page(request, "repositories", names);
        }
        let Some((path, what, name)) = split(rest) else {
            return Response::new(200, "application/json", "{}");
        };
        let repositories = self.repositories.lock().unwrap();
        let Some(holdings) = repositories.get(path) else {
            return error(404, "NAME_UNKNOWN", "repository name not known to registry");
        };
        match what {
            "tags" => {
                let names = holdings.tags.keys().cloned().collect();
                drop(repositories);
                self.page(request, "tags", names)
            }
            "manifests" => {
                let digest = holdings.tags.get(name).map_or(name, String::as_str);
                let Some((media_type, bytes)) = holdings.manifests.get(digest) else {
                    return error(404, "MANIFEST_UNKNOWN", "manifest unknown");
                };
                let accepted = request
                    .headers
                    .get("accept")
                    .is_some_and(|accept| accept.contains(media_type.as_str()));
                if !accepted && media_type.contains("vnd.") {
                    return error(404, "MANIFEST_UNKNOWN", "accept header does not support it");
                }
                let response = Response::new(200, media_type, bytes.clone());
                if self.options.sends_digest {
                    response.header("Docker-Content-Digest", digest)
                } else {
                    response
                }
            }
            "blobs" => match holdings.blobs.get(name) {
                Some(bytes) => Response::new(200, "application/octet-stream", bytes.clone()),
                None => error(404, "BLOB_UNKNOWN", "blob unknown to registry"),
            },
            "referrers" if self.options.has_referrers_api => {
                let referrers: Vec<&Value> = holdings
                    .referrers
                    .get(name)
                    .iter()
                    .flat_map(|all| all.values())
                    .collect();
                let index = json!({
                    "schemaVersion": 2,
                    "mediaType": super::content::INDEX,
                    "manifests": referrers,
                });
                Response::new(200, super::content::INDEX, index.to_string())
            }
            _ => Response::new(404, "text/plain", "404 page not found\n"),
        }
    }

    fn page(&self, request: &Request, key: &str, names: Vec<String>) -> Response {
        let options = &self.options;
        let asked = request
            .query("n")
            .and_then(|n| n.parse::<usize>().ok())
            .filter(|_| options.honours_n);
        let size = asked.unwrap_or(options.page_size).min(options.page_size);
        let last = request.query("last").filter(|_| options.honours_last);
        let mut rest = names
            .into_iter()
            .skip_while(|name| last.as_ref().is_some_and(|last| name <= last));
        let page: Vec<String> = rest.by_ref().take(size).collect();
        let body = match key {
            "tags" => json!({"name": "x", "tags": page}),
            _ => json!({"repositories": page}),
        };
        let response = Response::new(200, "application/json", body.to_string());
        match (rest.next(), page.last()) {
            (Some(_), Some(last)) if options.sends_link => {
                let path = request.path();
                response.header(
                    "Link",
                    &format!("<{path}?n={size}&last={last}>; rel=\"next\""),
                )
            }
            _ => response,
        }
    }

    fn refuse(&self, kind: &str, request: &Request) -> Option<Response> {
        let authorization = request
            .headers
            .get("authorization")
            .map(String::as_str)
            .unwrap_or_default();
        match &self.options.auth {
            Access::Open => None,
            Access::Basic(user, password) => (authorization != basic(user, password)).then(|| {
                error(401, "UNAUTHORIZED", "authentication required")
                    .header("WWW-Authenticate", "Basic realm=\"test\"")
            }),
            Access::Token(server) => {
                let scope = scope_of(kind, request.path());
                let mut tokens = self.tokens.lock().unwrap();
                let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
                if let Some((granted, uses)) = tokens.get_mut(token)
                    && *granted == scope
                    && *uses > 0
                {
                    *uses -= 1;
                    return None;
                }
                let realm = match server.realm.as_str() {
                    "" => format!("{}/token", self.address),
                    realm => realm.to_owned(),
                };
                let challenge =
                    format!("Bearer realm=\"{realm}\",service=\"test\",scope=\"{scope}\"");
                Some(
                    error(401, "UNAUTHORIZED", "authentication required")
                        .header("WWW-Authenticate", &challenge),
                )
            }
        }
    }

    fn give_token(&self, request: &Request) -> Response {
        let Access::Token(server) = &self.options.auth else {
            return Response::new(404, "text/plain", "no");
        };
        if let Some((user, password)) = server.user {
            let is_basic = request
                .headers
                .get("authorization")
                .is_some_and(|value| *value == basic(user, password));
            let is_refresh = request.method == "POST"
                && request.form("refresh_token").as_deref() == Some(password);
            if !is_basic && !is_refresh {
                let body = json!({"details": "incorrect username or password"});
                return Response::new(401, "application/json", body.to_string());
            }
        }
        let scope = request
            .query("scope")
            .or_else(|| request.form("scope"))
            .unwrap_or_default();
        let mut tokens = self.tokens.lock().unwrap();
        let token = format!("token-{}", tokens.len());
        tokens.insert(token.clone(), (scope, server.uses));
        let mut body = json!({"token": token});
        if let Some(seconds) = server.expires_in {
            body["expires_in"] = seconds.into();
        }
        Response::new(200, "application/json", body.to_string())
    }
}

fn basic(user: &str, password: &str) -> String {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {pair}")
}

fn error(status: u16, code: &str, message: &str) -> Response {
    let body = json!({"errors": [{"code": code, "message": message, "detail": null}]});
    Response::new(status, "application/json", body.to_string())
}

/// `team/app/manifests/1.0` in three.
fn split(rest: &str) -> Option<(&str, &'static str, &str)> {
    for what in ["tags", "manifests", "blobs", "referrers"] {
        if let Some((path, name)) = rest.rsplit_once(&format!("/{what}/")) {
            return Some((path, what, name));
        }
    }
    None
}

fn scope_of(kind: &str, path: &str) -> String {
    let rest = path.strip_prefix("/v2/").unwrap_or_default();
    match (kind, split(rest)) {
        ("catalog", _) => "registry:catalog:*".to_owned(),
        (_, Some((repository, ..))) => format!("repository:{repository}:pull"),
        _ => String::new(),
    }
}

fn kind_of(path: &str) -> &'static str {
    let rest = path.strip_prefix("/v2/").unwrap_or_default();
    match split(rest) {
        _ if path == "/token" => "token",
        _ if rest == "_catalog" => "catalog",
        _ if rest.ends_with("/_oras/artifacts/referrers") => "oras",
        Some((_, "tags", _)) => "tags",
        Some((_, "manifests", name)) if name.contains(':') => "manifest",
        Some((_, "manifests", _)) => "tag",
        Some((_, "blobs", _)) => "blob",
        Some((_, "referrers", _)) => "referrers",
        _ => "other",
    }
}
