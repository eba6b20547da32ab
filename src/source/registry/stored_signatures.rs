//! Signatures that a registry keeps beside its images: the extension of `OpenShift`'s registry, which Red Hat's tools read
//! (containers/image, `docs/signature-protocols.md`, "X-Registry-Supports-Signatures").

use base64::Engine as _;
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::Registry;
use super::error::RequestError;
use super::fetch::{Place, Wanted};
use super::log::RequestKind;
use super::names;
use super::token::Scope;
use crate::oci::{Absence, AbsenceKind, Digest, Question, Repository};
use crate::source::Urgency;

/// At most so many of one image are taken.
const MOST: usize = 100;

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    signatures: Vec<Stored>,
}

#[derive(Deserialize)]
struct Stored {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    content: String,
}

impl Registry {
    /// The signatures of an image that the registry keeps; none where it does not announce that it keeps any. One
    /// request to find out, once, and one an image.
    pub(super) async fn ask_signatures(
        &self,
        repository: &Repository,
        digest: Digest,
    ) -> Result<Vec<Vec<u8>>, Absence> {
        let question = Question::referrers(repository.clone(), digest);
        if names::check(&question).is_err() || !self.keeps_signatures().await? {
            return Ok(Vec::new());
        }
        let path = format!(
            "/extensions/v2/{}/signatures/{digest}",
            repository.path.as_str()
        );
        let wanted = Wanted {
            urgency: Urgency::Background,
            kind: RequestKind::Document,
            method: Method::GET,
            place: Place::Path(&path, &[]),
            accept: "application/json",
            scope: Scope::Repository(repository.path.clone()),
        };
        let reply = self.client.fetch(&wanted).await;
        let mut reply = reply.map_err(|error| error.absence())?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(Vec::new());
        }
        reply = reply.success().map_err(|error| error.absence())?;
        let unreadable = |reason: String| Absence::new(AbsenceKind::Invalid, reason);
        let list: List = serde_json::from_slice(&reply.take_body()).map_err(|error| {
            unreadable(format!("the list of signatures is unreadable: {error}"))
        })?;
        let atomic = list.signatures.iter().filter(|one| one.kind == "atomic");
        atomic
            .take(MOST)
            .map(|one| {
                base64::engine::general_purpose::STANDARD
                    .decode(&one.content)
                    .map_err(|error| unreadable(format!("a signature is not base64: {error}")))
            })
            .collect()
    }

    /// Whether it announces that it keeps signatures.
    async fn keeps_signatures(&self) -> Result<bool, Absence> {
        let ask = || async {
            let wanted = Wanted {
                urgency: Urgency::Background,
                kind: RequestKind::Fingerprint,
                method: Method::GET,
                place: Place::Path("", &[]),
                accept: "*/*",
                scope: Scope::Catalog,
            };
            let reply = self.client.fetch(&wanted).await?;
            let is_announced = reply.header("x-registry-supports-signatures") == Some("1");
            Ok::<bool, RequestError>(is_announced && !reply.is_foreign)
        };
        let answer = self.keeps_signatures.get_or_try_init(ask).await;
        match answer {
            Ok(keeps) => Ok(*keeps),
            // Who may not look there is told nothing of signatures.
            Err(error) if error.absence().kind == AbsenceKind::Forbidden => Ok(false),
            Err(error) => Err(error.absence()),
        }
    }
}
