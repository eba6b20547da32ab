//! Signatures that a registry keeps beside its images.

use crate::insight::signatures::{Attached, Collected};
use crate::session::Session;

/// Adds those of every image, where the registry announces that it keeps any. What could not be read is evidence that
/// was not read.
pub(super) async fn add(session: &Session, collected: &mut Collected) {
    let content = &session.known.content;
    for image in &collected.images {
        match session
            .signatures_beside(&image.repository, image.digest)
            .await
        {
            Ok(signatures) => {
                for (place, bytes) in (0..).zip(signatures) {
                    let attached = Attached::beside(image, content, place, bytes);
                    collected.evidence.push(attached);
                }
            }
            Err(absence) => {
                let reason = absence.reason.as_str();
                collected
                    .evidence
                    .push(Attached::unread_beside(image, content, reason));
            }
        }
    }
}
