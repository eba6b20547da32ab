//! The document of `regscope impact --why DIGEST --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::insight::impact::{KeptBy, References, Why};
use crate::oci::Digest;

/// Why something is kept, or by whose action it goes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WhyDocument<'a> {
    /// 1.
    schema: u32,
    /// The name of the policy.
    policy: &'a str,
    /// What is asked about.
    #[schemars(with = "String")]
    digest: Digest,
    /// Whether its bytes are in some store after the actions and the next collection.
    kept: bool,
    /// The roots that keep it then, the shortest path first.
    by: Vec<Keeper<'a>>,
    /// The actions that together freed it; none where it goes anyway.
    freed_by: &'a [String],
    /// All manifests that name it, or repositories that have it, as `repository@digest`.
    shared_with: &'a [String],
    /// How often it is named once the actions are done and before the collection.
    references: Counts,
    /// Of a manifest: whether any repository answers for its digest once all is done. Null of a blob.
    answers: Option<bool>,
    /// Why the collector gives up, if it does: then nothing that is stored goes.
    aborted: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Keeper<'a> {
    /// `repository:tag`, or `repository@digest` for a manifest that is kept without one.
    root: &'a str,
    /// From what the root names to the object, both included.
    #[schemars(with = "Vec<String>")]
    path: &'a [Digest],
}

/// By kind of what names it; in each repository on its own.
#[derive(Debug, Serialize, JsonSchema)]
struct Counts {
    child: u32,
    config: u32,
    layer: u32,
    subject: u32,
    tag: u32,
}

/// The document of an answer to "why is this kept?".
pub fn document(why: &Why) -> WhyDocument<'_> {
    let References {
        child,
        config,
        layer,
        subject,
        tag,
    } = why.references;
    WhyDocument {
        schema: 1,
        policy: &why.policy,
        digest: why.digest,
        kept: why.kept,
        by: why.by.iter().map(keeper_of).collect(),
        freed_by: &why.freed_by,
        shared_with: &why.shared_with,
        references: Counts {
            child,
            config,
            layer,
            subject,
            tag,
        },
        answers: why.answers,
        aborted: why.aborted.as_deref(),
    }
}

fn keeper_of(by: &KeptBy) -> Keeper<'_> {
    Keeper {
        root: &by.root,
        path: &by.path,
    }
}
