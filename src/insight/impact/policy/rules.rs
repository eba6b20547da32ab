//! A policy with its assumptions filled in, as the engine reads it.

use super::knob::Knob;
use super::quirk::{Quirk, Quirks};
use super::retention::TagRetention;
use super::{
    Cascade, ChildEdge, Collector, DanglingReferrer, Deletion, DerivedTags, DigestDelete, Guard,
    KnobName, ListedReferrer, ManifestBytes, Policy, ReferrersApi, Retag, Roots, Scope,
    SubjectEdge, SubjectField, TagDelete,
};
use crate::insight::impact::inventory::derived::DerivedKind;
use crate::insight::impact::inventory::view::Rows;

/// Plain values: what the knobs say, or what is assumed where they say nothing.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a knob of its own, with its own name in files"
)]
pub(in crate::insight::impact) struct Rules {
    pub(in crate::insight::impact) deletion: Deletion,
    pub(in crate::insight::impact) tag_delete: TagDelete,
    pub(in crate::insight::impact) digest_delete: DigestDelete,
    pub(in crate::insight::impact) guard_child: Guard,
    pub(in crate::insight::impact) guard_multi_tag: Guard,
    pub(in crate::insight::impact) guard_tagged: Guard,
    pub(in crate::insight::impact) drops_content_now: bool,
    pub(in crate::insight::impact) cascade: Cascade,
    pub(in crate::insight::impact) retag: Retag,
    pub(in crate::insight::impact) accept_sparse_index: bool,
    pub(in crate::insight::impact) referrers_api: ReferrersApi,
    pub(in crate::insight::impact) collector: Collector,
    pub(in crate::insight::impact) roots: Roots,
    pub(in crate::insight::impact) child_edge: ChildEdge,
    pub(in crate::insight::impact) child_keeps_row: bool,
    pub(in crate::insight::impact) subject_edge: SubjectEdge,
    pub(in crate::insight::impact) dangling: DanglingReferrer,
    pub(in crate::insight::impact) derived: DerivedTags,
    pub(in crate::insight::impact) drop_index_without_children: bool,
    pub(in crate::insight::impact) mark_scope: Scope,
    pub(in crate::insight::impact) store_scope: Scope,
    pub(in crate::insight::impact) prune_layer_links: bool,
    pub(in crate::insight::impact) retention: TagRetention,
    pub(in crate::insight::impact) listed_referrer: ListedReferrer,
    pub(in crate::insight::impact) collector_cascades: bool,
    pub(in crate::insight::impact) subject_field: SubjectField,
    pub(in crate::insight::impact) missing_subject: Guard,
    pub(in crate::insight::impact) index_as_subject: Guard,
    pub(in crate::insight::impact) manifest_bytes: ManifestBytes,
    /// Whether anything has to age before it goes.
    pub(in crate::insight::impact) has_grace: bool,
    pub(in crate::insight::impact) quirks: Quirks,
    unknown: Vec<KnobName>,
}

impl Rules {
    /// The rules of `policy` over an inventory with these rows: where nobody knows how a registry stores, layouts are
    /// stores of their own and everything else is one store.
    pub(in crate::insight::impact) fn of(policy: &Policy, rows: Rows) -> Self {
        let knobs = &policy.knobs;
        let scope = |knob: Knob<Scope>| match (knob, rows) {
            (Knob::Known(scope, _), _) => scope,
            (Knob::Unknown, Rows::Layouts) => Scope::Repository,
            (Knob::Unknown, Rows::Known) => Scope::Global,
        };
        let graces = [knobs.row_grace, knobs.blob_grace, knobs.tag_time_machine];
        Self {
            deletion: knobs.deletion.value_or_assumed(),
            tag_delete: knobs.tag_delete.value_or_assumed(),
            digest_delete: knobs.digest_delete.value_or_assumed(),
            guard_child: knobs.guard_child.value_or_assumed(),
            guard_multi_tag: knobs.guard_multi_tag.value_or_assumed(),
            guard_tagged: knobs.guard_tagged.value_or_assumed(),
            drops_content_now: knobs.delete_drops_content_now.value_or_assumed(),
            cascade: knobs.delete_cascade.value_or_assumed(),
            retag: knobs.retag.value_or_assumed(),
            accept_sparse_index: knobs.accept_sparse_index.value_or_assumed(),
            referrers_api: knobs.referrers_api.value_or_assumed(),
            collector: knobs.collector.value_or_assumed(),
            roots: knobs.roots.value_or_assumed(),
            child_edge: knobs.child_edge.value_or_assumed(),
            child_keeps_row: knobs.child_keeps_row.value_or_assumed(),
            subject_edge: knobs.subject_edge.value_or_assumed(),
            dangling: knobs.dangling_referrer.value_or_assumed(),
            derived: knobs.derived_tags.value_or_assumed(),
            drop_index_without_children: knobs.drop_index_without_children.value_or_assumed(),
            mark_scope: scope(knobs.mark_scope),
            store_scope: scope(knobs.store_scope),
            prune_layer_links: knobs.prune_layer_links.value_or_assumed(),
            retention: knobs.tag_retention.value_or_assumed(),
            listed_referrer: knobs.listed_referrer.value_or_assumed(),
            collector_cascades: knobs.collector_cascades.value_or_assumed(),
            subject_field: knobs.subject_field.value_or_assumed(),
            missing_subject: knobs.missing_subject.value_or_assumed(),
            index_as_subject: knobs.index_as_subject.value_or_assumed(),
            manifest_bytes: knobs.manifest_bytes.value_or_assumed(),
            has_grace: graces
                .into_iter()
                .any(|grace| grace.value_or_assumed().0 != 0),
            quirks: knobs.quirks,
            unknown: KnobName::ALL
                .iter()
                .copied()
                .filter(|name| knobs.is_unknown(*name))
                .collect(),
        }
    }

    /// Whether nobody has established `name`.
    pub(in crate::insight::impact) fn is_unknown(&self, name: KnobName) -> bool {
        self.unknown.contains(&name)
    }

    /// Whether it matters that a tag has a digest in its name.
    pub(in crate::insight::impact) fn weighs_derived_tags(&self) -> bool {
        self.derived != DerivedTags::Ordinary || self.is_unknown(KnobName::derived_tags)
    }

    pub(in crate::insight::impact) const fn has(&self, quirk: Quirk) -> bool {
        self.quirks.has(quirk)
    }

    /// Whether the registry keeps its rows as olareg does: in order, with lists of referrers among them.
    pub(in crate::insight::impact) const fn keeps_lists(&self) -> bool {
        matches!(self.referrers_api, ReferrersApi::Lists)
    }

    /// Whether which manifests stay addressable follows from marks rather than the other way round.
    pub(in crate::insight::impact) const fn rows_follow_marks(&self) -> bool {
        self.has(Quirk::KeepUntaggedMarkedElsewhere) || self.has(Quirk::RowSurvivesIfBytesMarked)
    }

    /// Whether an index, a tag or a list that nobody saw could make the registry decline a deletion by digest.
    pub(in crate::insight::impact) fn refuses_by_what_is_unseen(&self) -> bool {
        self.guard_child != Guard::None
            || self.guard_multi_tag != Guard::None
            || self.guard_tagged != Guard::None
            || matches!(self.listed_referrer, ListedReferrer::Refuses(_))
            || self.is_unknown(KnobName::guard_child)
    }

    /// Whether deletion and collection follow the rows of a database, with all that goes along (`database`).
    pub(in crate::insight::impact) fn has_database(&self) -> bool {
        self.collector_cascades || self.listed_referrer != ListedReferrer::Goes
    }

    /// Whether the collector is that of zot up to 2.1.20 (`release`).
    pub(in crate::insight::impact) const fn is_zot_release(&self) -> bool {
        self.has(Quirk::SweepAborts)
    }

    /// Whether a tag for `kind` belongs to the digest in its name.
    pub(in crate::insight::impact) const fn is_derived(&self, kind: DerivedKind) -> bool {
        match self.derived {
            // What is recorded when it is pushed is no matter of names: see `database`.
            DerivedTags::Ordinary | DerivedTags::SignaturesWhenPushed => false,
            DerivedTags::SignatureAndSbom => {
                matches!(kind, DerivedKind::Signature | DerivedKind::Sbom)
            }
            DerivedTags::Cosign => !matches!(kind, DerivedKind::Fallback),
            DerivedTags::CosignAndFallback => true,
        }
    }
}
