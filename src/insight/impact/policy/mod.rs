//! A policy: what one registry, in one release and configuration, does on deletion and on collection.
//!
//! `docs/collectors.md` has the knobs in the order in which a deletion meets them.

pub(in crate::insight::impact) mod custom;
pub(in crate::insight::impact) mod knob;
pub(in crate::insight::impact) mod operation;
pub(in crate::insight::impact) mod presets;
pub(in crate::insight::impact) mod quirk;
pub(in crate::insight::impact) mod recognise;
pub(in crate::insight::impact) mod retention;
pub(in crate::insight::impact) mod rules;

use serde::{Deserialize, Serialize};

use knob::{Evidence, Knob};
use quirk::Quirks;
use retention::TagRetention;

/// What the registry answers to `DELETE /v2/<name>/manifests/<tag>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TagDelete {
    /// The tag goes; its manifest stays addressable by digest until a collection.
    #[default]
    Untag,
    /// The tag goes, and unless another names it its manifest stops answering at once.
    DropRow,
    /// Refused with this status, whatever the tag; 0 where nobody knows which.
    Unsupported(u16),
}

/// Whether the registry deletes at all when it is asked to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deletion {
    /// It does, and there is no option against it.
    #[default]
    Always,
    /// An option of its configuration decides, which is off as it comes; then it declines with this status. What is
    /// predicted is predicted for the option being on, and an answer that stands on that says so.
    Option(u16),
    /// Somebody who knows says that it is switched on.
    On,
    /// It is switched off: declined with this status, tag or digest.
    Off(u16),
}

/// What the registry does on `DELETE /v2/<name>/manifests/<digest>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DigestDelete {
    /// The manifest and every tag that names it go.
    #[default]
    Row,
    /// Its visible tags are expired, nothing else; without one it is "unknown".
    TagsOnly,
    /// Only the digest stops answering: its tags go on.
    KeyOnly,
    /// Refused with this status.
    Unsupported(u16),
}

/// Whether a deletion is refused on a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// Never.
    #[default]
    None,
    /// With this status; 0 where nobody knows which.
    Refuse(u16),
}

/// What else a deletion by digest takes at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cascade {
    /// Nothing.
    #[default]
    None,
    /// The referrers of what goes, and theirs.
    Referrers,
    /// Those, and children that neither a tag nor another index holds.
    ReferrersAndChildren,
}

/// What becomes of the manifest that a tag named before it moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retag {
    /// It stays addressable by digest.
    #[default]
    KeepRow,
    /// It stops answering at once, unless another tag names it.
    DropRow,
    /// Likewise; and where both are indexes, so do the old one's untagged children that no other index lists.
    DropRowAndPrivateChildren,
}

/// How the registry answers the referrers API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferrersApi {
    /// It has none.
    None,
    /// By looking through its manifests.
    #[default]
    Scan,
    /// From lists that it keeps as objects of their own.
    Lists,
}

/// What collects, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Collector {
    /// Nothing does.
    None,
    /// A program that somebody runs.
    Offline,
    /// The registry itself, now and then.
    #[default]
    Periodic,
    /// The registry itself, some time after the event.
    OnEvent,
    /// The deletion itself.
    Immediate,
    /// Counters: an object goes when its count drops to zero.
    Counting,
}

/// Where marking starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Roots {
    /// At every manifest of a repository, tagged or not.
    #[default]
    AllRows,
    /// At every manifest that is not held by an index or a list of referrers (`olareg` "absorbs" those).
    AllButAbsorbed,
    /// At tagged manifests.
    TaggedRows,
}

/// What an index does for its children while marking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChildEdge {
    /// Keeps their bytes and nothing below.
    BytesOnly,
    /// Keeps all below, by content.
    #[default]
    Deep,
    /// Keeps their bytes, and all below where the repository answers for the child.
    DeepWithRow,
    /// Keeps only children that the repository answers for.
    RowOnly,
    /// Below a tagged index: keeps children and what they name, one level, but for OCI indexes, of which the bytes alone
    /// are kept.
    BelowTagged,
}

/// What the `subject` of a manifest means to the collector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectEdge {
    /// Nothing.
    #[default]
    Ignored,
    /// A manifest that has one is kept for that alone.
    PinsReferrer,
    /// A referrer lives as long as its subject.
    LivesWithSubject,
    /// A referrer is kept for ever and keeps its subject.
    PinsSubject,
}

/// What becomes of a referrer whose subject the repository does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DanglingReferrer {
    /// Nothing special.
    #[default]
    Ordinary,
    /// It is kept.
    Keep,
    /// It goes unless a tag names it.
    CollectUntagged,
    /// It goes, and its tags with it.
    CollectAll,
}

/// Which tags belong to the digest in their name rather than to a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DerivedTags {
    /// None.
    #[default]
    Ordinary,
    /// `sha256-….sig` and `.sbom`.
    SignatureAndSbom,
    /// Those and `.att`.
    Cosign,
    /// Those and the fallback tag of the referrers API.
    CosignAndFallback,
    /// `sha256-….sig`, when it is pushed and its manifest has a layer of cosign's simple signing: a record that outlives
    /// the tag.
    SignaturesWhenPushed,
}

/// What becomes of a referrer that goes along with its subject and that an index lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListedReferrer {
    /// It goes like any other.
    #[default]
    Goes,
    /// It is passed over, and the rest goes.
    Stays,
    /// Nothing at all goes: the deletion is refused with this status.
    Refuses(u16),
}

/// Whose `subject` makes a referrer of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectField {
    /// That of images and of indexes.
    #[default]
    All,
    /// That of images.
    Images,
}

/// Where the bytes of a manifest are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestBytes {
    /// Among the blobs.
    #[default]
    Blob,
    /// In the database, in the manifest's own row, and gone with the last one.
    Row,
}

/// Whether something is one for the whole registry or one a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The whole registry.
    #[default]
    Global,
    /// Each repository.
    Repository,
}

/// A time that has to pass, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u64);

impl Seconds {
    /// `hours` as seconds.
    pub const fn hours(hours: u64) -> Self {
        Self(hours * 3600)
    }
}

/// One list of knobs makes the struct, the names, the document and the overrides: none of them can be forgotten.
macro_rules! knobs {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $number:literal $text:literal),* $(,)?) => {
        /// The knobs of a policy.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Knobs {
            $($(#[$doc])* pub $name: Knob<$type>,)*
            /// Bugs and habits of this release, as it is run.
            pub quirks: Quirks,
        }

        /// The name of a knob.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(non_camel_case_types, reason = "each name is the field's")]
        pub enum KnobName { $($(#[$doc])* $name = $number,)* }

        impl KnobName {
            /// Every knob.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name as it is written in files and answers.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }

        impl Knobs {
            /// Whether nobody has established `name`.
            pub fn is_unknown(&self, name: KnobName) -> bool {
                match name { $(KnobName::$name => self.$name.is_unknown(),)* }
            }

            /// How `name` came to be known, if it is.
            pub const fn evidence(&self, name: KnobName) -> Option<Evidence> {
                match name { $(KnobName::$name => self.$name.evidence(),)* }
            }

            /// Each knob with its value, in one line; quirks are apart.
            pub fn values(&self) -> Vec<(KnobName, serde_json::Value)> {
                vec![$((KnobName::$name, self.$name.shown()),)*]
            }

            /// Sets the knob called `name` from a value of a file; `unknown` is one.
            pub(in crate::insight::impact) fn set(&mut self, name: &str, value: serde_json::Value, evidence: Evidence) -> Result<(), SetError> {
                let unknown = value.as_str() == Some("unknown");
                match name {
                    $($text => self.$name = if unknown { Knob::Unknown } else {
                        Knob::Known(serde_json::from_value(value).map_err(|e| SetError::Value(e.to_string()))?, evidence)
                    },)*
                    "quirks" => self.quirks = serde_json::from_value(value).map_err(|e| SetError::Value(e.to_string()))?,
                    _ => return Err(SetError::Name),
                }
                Ok(())
            }
        }
    };
}

/// The knobs that decide on every answer.
const ALWAYS: [KnobName; 7] = [
    KnobName::referrers_api,
    KnobName::roots,
    KnobName::child_edge,
    KnobName::child_keeps_row,
    KnobName::subject_edge,
    KnobName::mark_scope,
    KnobName::store_scope,
];

/// The knobs that decide when bytes come back, and not which.
const TIMES: [KnobName; 4] = [
    KnobName::collector,
    KnobName::tag_time_machine,
    KnobName::row_grace,
    KnobName::blob_grace,
];

impl Knobs {
    /// The weakest evidence of the rules that decide on every answer, and of those in `more`; unknown ones are told of
    /// by themselves.
    pub fn weakest(&self, more: impl IntoIterator<Item = KnobName>) -> Evidence {
        let more = more.into_iter().filter(|name| !TIMES.contains(name));
        let all = ALWAYS.into_iter().chain(more);
        let known = all.filter_map(|name| self.evidence(name));
        known.max().unwrap_or(Evidence::Recalled)
    }

    /// The weakest evidence of what decides when bytes come back.
    pub fn weakest_of_times(&self) -> Evidence {
        let known = TIMES.into_iter().filter_map(|name| self.evidence(name));
        known.max().unwrap_or(Evidence::Recalled)
    }
}

/// Why a knob could not be set.
#[derive(Debug)]
pub(in crate::insight::impact) enum SetError {
    /// There is none of that name.
    Name,
    /// The value is none of its.
    Value(String),
}

knobs! {
    /// Deletion by tag.
    tag_delete: TagDelete = 0 "tag_delete",
    /// Deletion by digest.
    digest_delete: DigestDelete = 1 "digest_delete",
    /// Refusal to delete what an index lists.
    guard_child: Guard = 2 "guard_child",
    /// Refusal to delete by digest what several tags name.
    guard_multi_tag: Guard = 3 "guard_multi_tag",
    /// Whether deletion by digest removes the manifest's bytes at once.
    delete_drops_content_now: bool = 4 "delete_drops_content_now",
    /// What a deletion by digest takes along at once.
    delete_cascade: Cascade = 5 "delete_cascade",
    /// What a moved tag leaves behind.
    retag: Retag = 6 "retag",
    /// Whether an index is accepted whose children are missing.
    accept_sparse_index: bool = 7 "accept_sparse_index",
    /// Whether deleting a referrer, even only its tag, takes it from its subject's list.
    delete_unlists_referrer: bool = 8 "delete_unlists_referrer",
    /// The referrers API.
    referrers_api: ReferrersApi = 9 "referrers_api",
    /// What collects.
    collector: Collector = 10 "collector",
    /// Where marking starts.
    roots: Roots = 11 "roots",
    /// How long an expired tag can be brought back.
    tag_time_machine: Seconds = 12 "tag_time_machine",
    /// What an index keeps of its children.
    child_edge: ChildEdge = 13 "child_edge",
    /// Whether a child of a kept index stays addressable.
    child_keeps_row: bool = 14 "child_keeps_row",
    /// What `subject` means.
    subject_edge: SubjectEdge = 15 "subject_edge",
    /// What becomes of a referrer without its subject.
    dangling_referrer: DanglingReferrer = 16 "dangling_referrer",
    /// Which tags belong to a digest.
    derived_tags: DerivedTags = 17 "derived_tags",
    /// Whether an index goes, tag and all, when all its children are gone.
    drop_index_without_children: bool = 18 "drop_index_without_children",
    /// What marks are shared by.
    mark_scope: Scope = 19 "mark_scope",
    /// What objects are stored by.
    store_scope: Scope = 20 "store_scope",
    /// Whether equal objects of several repositories share their bytes on the disk. For people: the engine goes by the
    /// links that the disk shows.
    physical_dedupe: bool = 21 "physical_dedupe",
    /// Whether a repository's links to blobs that are no longer marked are removed.
    prune_layer_links: bool = 22 "prune_layer_links",
    /// How long a manifest is safe after it was written.
    row_grace: Seconds = 23 "row_grace",
    /// How long a blob is safe after it was written.
    blob_grace: Seconds = 24 "blob_grace",
    /// Whether anything is deleted when it is asked for.
    deletion: Deletion = 25 "deletion",
    /// Whether the collector takes tags by rules of its own.
    tag_retention: TagRetention = 26 "tag_retention",
    /// What a listed referrer does to a deletion that takes it along.
    listed_referrer: ListedReferrer = 27 "listed_referrer",
    /// Whether the collector deletes by the same rule as a person does, with all that goes along.
    collector_cascades: bool = 28 "collector_cascades",
    /// Whose `subject` counts.
    subject_field: SubjectField = 29 "subject_field",
    /// Refusal to take a referrer whose subject is missing.
    missing_subject: Guard = 30 "missing_subject",
    /// Refusal to take a referrer of an index.
    index_as_subject: Guard = 31 "index_as_subject",
    /// Where the bytes of a manifest are.
    manifest_bytes: ManifestBytes = 32 "manifest_bytes",
    /// Refusal to delete by digest what a tag names.
    guard_tagged: Guard = 33 "guard_tagged",
}

/// What a registry does on deletion and collection, as one value.
///
/// Read from a file it is a table that names the preset it starts from and what differs; see [`Policy`]'s
/// deserialisation in `custom.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name: a preset's, or a person's own.
    pub name: String,
    /// Whose rules these are.
    pub registry: String,
    /// The release that they were taken from.
    pub version: String,
    /// The weakest evidence of the rules that every result under it stands on ([`Knobs::weakest`]). A result that stands
    /// on more than those says what it stands on itself.
    pub evidence: Evidence,
    /// Whether it is an idea of the literature, which no registry is known to follow.
    pub is_idea: bool,
    /// The rules.
    pub knobs: Knobs,
}
