//! What tells registries apart, asked by reading alone.

use reqwest::Method;

use super::Registry;
use super::fetch::{Place, Wanted};
use super::log::RequestKind;
use super::token::Scope;
use crate::oci::fingerprint::{Fingerprint, FingerprintPlace};
use crate::source::Urgency;

/// What is kept of a body: what a registry says of itself is short.
const BODY_BYTES: usize = 16 * 1024;

impl Registry {
    /// Asks every place that tells registries apart; those that do not answer are left out. One request a place, and
    /// what it takes to be let in.
    pub(super) async fn ask_fingerprints(&self) -> Vec<Fingerprint> {
        let mut fingerprints = Vec::new();
        for place in FingerprintPlace::ALL {
            match self.fingerprint(place).await {
                Some(fingerprint) => fingerprints.push(fingerprint),
                // Whoever does not answer there is not reached at all.
                None if place == FingerprintPlace::Base => break,
                None => {}
            }
        }
        fingerprints
    }

    async fn fingerprint(&self, place: FingerprintPlace) -> Option<Fingerprint> {
        let wanted = Wanted {
            urgency: Urgency::Background,
            kind: RequestKind::Fingerprint,
            method: Method::GET,
            place: Place::Path(place.path(), &[]),
            accept: "*/*",
            scope: Scope::Catalog,
        };
        let reply = self.client.fetch(&wanted).await.ok()?;
        // What another origin answers says nothing of this registry.
        if reply.is_foreign {
            return None;
        }
        let text =
            |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            };
        let kept = reply.body.get(..BODY_BYTES.min(reply.body.len()));
        Some(Fingerprint {
            place,
            status: reply.status.as_u16(),
            headers: reply.headers.iter().filter_map(text).collect(),
            body: String::from_utf8_lossy(kept.unwrap_or_default()).into_owned(),
        })
    }
}
