//! A policy with its assumptions filled in, as the engine reads it.

use crate::insight::impact::inventory::derived::DerivedKind;
use crate::insight::impact::inventory::view::Rows;
use crate::insight::impact::knob::Knob;
use crate::insight::impact::policy::{
    Cascade, ChildEdge, Collector, DanglingReferrer, Deletion, DerivedTags, DigestDelete, Guard,
    KnobName, Policy, ReferrersApi, Retag, Roots, Scope, SubjectEdge, TagDelete,
};
use crate::insight::impact::quirk::{Quirk, Quirks};
use crate::insight::impact::retention::TagRetention;

/// Plain values: what the knobs say, or what is assumed where they say nothing.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a knob of its own, with its own name in files"
)]
pub(super) struct Rules {
    pub(super) deletion: Deletion,
    pub(super) tag_delete: TagDelete,
    pub(super) digest_delete: DigestDelete,
    pub(super) guard_child: Guard,
    pub(super) guard_multi_tag: Guard,
    pub(super) drops_content_now: bool,
    pub(super) cascade: Cascade,
    pub(super) retag: Retag,
    pub(super) accept_sparse_index: bool,
    pub(super) referrers_api: ReferrersApi,
    pub(super) collector: Collector,
    pub(super) roots: Roots,
    pub(super) child_edge: ChildEdge,
    pub(super) child_keeps_row: bool,
    pub(super) subject_edge: SubjectEdge,
    pub(super) dangling: DanglingReferrer,
    pub(super) derived: DerivedTags,
    pub(super) drop_index_without_children: bool,
    pub(super) mark_scope: Scope,
    pub(super) store_scope: Scope,
    pub(super) prune_layer_links: bool,
    pub(super) retention: TagRetention,
    /// Whether anything has to age before it goes.
    pub(super) has_grace: bool,
    pub(super) quirks: Quirks,
    unknown: Vec<KnobName>,
}

impl Rules {
    /// The rules of `policy` over an inventory with these rows: where nobody knows how a registry stores, layouts are
    /// stores of their own and everything else is one store.
    pub(super) fn of(policy: &Policy, rows: Rows) -> Self {
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
    pub(super) fn is_unknown(&self, name: KnobName) -> bool {
        self.unknown.contains(&name)
    }

    /// Whether it matters that a tag has a digest in its name.
    pub(super) fn weighs_derived_tags(&self) -> bool {
        self.derived != DerivedTags::Ordinary || self.is_unknown(KnobName::derived_tags)
    }

    pub(super) const fn has(&self, quirk: Quirk) -> bool {
        self.quirks.has(quirk)
    }

    /// Whether the registry keeps its rows as olareg does: in order, with lists of referrers among them.
    pub(super) const fn keeps_lists(&self) -> bool {
        matches!(self.referrers_api, ReferrersApi::Lists)
    }

    /// Whether which manifests stay addressable follows from marks rather than the other way round.
    pub(super) const fn rows_follow_marks(&self) -> bool {
        self.has(Quirk::KeepUntaggedMarkedElsewhere) || self.has(Quirk::RowSurvivesIfBytesMarked)
    }

    /// Whether a tag for `kind` belongs to the digest in its name.
    pub(super) const fn is_derived(&self, kind: DerivedKind) -> bool {
        match self.derived {
            DerivedTags::Ordinary => false,
            DerivedTags::SignatureAndSbom => {
                matches!(kind, DerivedKind::Signature | DerivedKind::Sbom)
            }
            DerivedTags::Cosign => !matches!(kind, DerivedKind::Fallback),
            DerivedTags::CosignAndFallback => true,
        }
    }
}
